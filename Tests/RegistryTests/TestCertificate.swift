/// For servers at `localhost` and 127.0.0.1; nobody else is to trust it, and it is its own CA.
enum TestCertificate {
  static let key = """
    -----BEGIN PRIVATE KEY-----
    MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgw+sbqbauM8fhOipx
    EnHQj5UFgx3zAoMXCfaYF6/eEBChRANCAAT4r7MzHudjVKFc+tQEJcFdmsI1m6xL
    rbH7GLdEc/z6FSrwkguM4TwRWY3E6HuI8XwMBJJkdMFqLH0svkiCYV/y
    -----END PRIVATE KEY-----
    """

  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBkDCCATegAwIBAgIUbXp17bI/Asuf//yUhh/DxjI8kU8wCgYIKoZIzj0EAwIw
    DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjEyMTM3MDFaGA8yMTI2MTAyODIxMzcw
    MVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPiv
    szMe52NUoVz61AQlwV2awjWbrEutsfsYt0Rz/PoVKvCSC4zhPBFZjcToe4jxfAwE
    kmR0wWosfSy+SIJhX/KjbzBtMB0GA1UdDgQWBBS5TwmkAoOaHvQsLWxk+o2F23k7
    rTAfBgNVHSMEGDAWgBS5TwmkAoOaHvQsLWxk+o2F23k7rTAaBgNVHREEEzARggls
    b2NhbGhvc3SHBH8AAAEwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNHADBE
    AiAnqatnfjik+AbA407uzyqCrz/ID/Pa2rU/r4Umzx9NSwIgS0FQNhlHouqwakK3
    fH4QIDOoYXi81V/gxvj9ZVQkGp8=
    -----END CERTIFICATE-----
    """

  static var both: (certificate: String, key: String) { (certificate, key) }
}

/// Somebody else's.
enum OtherCertificate {
  static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIIBdzCCAR2gAwIBAgIUUSs4WuKyY2Yxyf4Elj7kqJfQD0swCgYIKoZIzj0EAwIw
    EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTIxMjIwNDE0WhgPMjEyNjEwMjgyMjA0
    MTRaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
    SC9eKfSNwckkhxOEzTVPN/lcVeFh1laIg2usyxj374RchWLctVcrH9R29v5+5hIT
    YjGdQTx/wRi9Q5GvmAxfSaNTMFEwHQYDVR0OBBYEFBAlvbvduM12fQ6d8tZHCzzC
    otxDMB8GA1UdIwQYMBaAFBAlvbvduM12fQ6d8tZHCzzCotxDMA8GA1UdEwEB/wQF
    MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAMu1uAtz3IqkPsUg5fXllrTrbiLDzs3C
    JfsV5MaFNuEcAiBA56egCsCg9uc14EBEEgt67mlde/xDhKM+IaqHZuzTTA==
    -----END CERTIFICATE-----
    """
}
