import Glibc
import Images
import OCISpec
import Runtime
import Testing

@testable import Registry

@Suite struct CredentialsTests {
  private static func credentials(_ scratch: Scratch) -> Credentials {
    Credentials(folder: scratch.path, environment: ["PATH": scratch.path + ":/usr/bin:/bin"])
  }

  @Test func theFolderIsFound() {
    #expect(Credentials(environment: ["HOME": "/home/a"]).file == "/home/a/.docker/config.json")
    #expect(Credentials(environment: ["HOME": "/home/a", "DOCKER_CONFIG": "/b"]).file == "/b/config.json")
    #expect(Credentials(environment: [:]).file == nil)
  }

  @Test(arguments: [
    (#"{"auths": {"r.example.com": {"auth": "YTpiOmM="}}}"#, "r.example.com", "a", "b:c"),
    (#"{"auths": {"https://r.example.com/v1/": {"auth": "YTpi"}}}"#, "r.example.com", "a", "b"),
    (#"{"auths": {"https://index.docker.io/v1/": {"auth": "YTpi"}}}"#, "docker.io", "a", "b"),
    (#"{"auths": {"docker.io": {"username": "a", "password": "b"}}}"#, "docker.io", "a", "b"),
  ])
  func namesAndPasswordsAreRead(json: String, registry: String, username: String, password: String)
    async throws
  {
    let scratch = Scratch()
    _ = try scratch.write("config.json", json)
    let found = try await Self.credentials(scratch).find(registry)
    #expect(found == Credential(username: username, password: password))
    #expect(try await Self.credentials(scratch).find("other.example.com") == nil)
  }

  @Test func tokensAreRead() async throws {
    let scratch = Scratch()
    _ = try scratch.write(
      "config.json", #"{"auths": {"r.example.com": {"auth": "YTo=", "identitytoken": "t"}}}"#)
    #expect(
      try await Self.credentials(scratch).find("r.example.com")
        == Credential(username: "a", identityToken: "t"))
  }

  @Test func mistakesAreNamed() async throws {
    let scratch = Scratch()
    let file = try scratch.write("config.json", #"{"auths": {"r.example.com": {"auth": "?"}}}"#)
    let text = await failure { _ = try await Self.credentials(scratch).find("r.example.com") }
    #expect(text == #"read \#(file): auths["r.example.com"].auth: must be USER:PASSWORD in base64"#)
    _ = try scratch.write("config.json", "{")
    let broken = await failure { _ = try await Self.credentials(scratch).find("r.example.com") }
    #expect(broken.hasPrefix("read \(file): "))
  }

  @Test func allElseIsKept() async throws {
    let scratch = Scratch()
    let file = try scratch.write(
      "config.json",
      #"{"HttpHeaders": {"A": "b"}, "auths": {"a.example.com": {"auth": "YTpi", "x": 1e3}}, "psFormat": "table"}"#,
      mode: 0o644)
    let credentials = Self.credentials(scratch)
    let keeper = try await credentials.store(Credential(username: "u", password: "p"), for: "docker.io")
    #expect(keeper == .file(file))
    let text = try scratch.text("config.json").filter { $0 != "\n" && $0 != " " }
    #expect(
      text
        == #"{"HttpHeaders":{"A":"b"},"auths":{"a.example.com":{"auth":"YTpi","x":1e3},"#
        + #""https://index.docker.io/v1/":{"auth":"dTpw"}},"psFormat":"table"}"#)
    var status = stat()
    stat(file, &status)
    #expect(status.st_mode & 0o777 == 0o600)
    #expect(try await credentials.find("docker.io") == Credential(username: "u", password: "p"))
    #expect(try await credentials.erase("docker.io"))
    #expect(try await !credentials.erase("docker.io"))
    #expect(try await credentials.find("docker.io") == nil)
    #expect(try await credentials.find("a.example.com") != nil)
    #expect(Files.names(in: scratch.path) == ["config.json"])
  }

  @Test func theFirstOneMakesTheFolder() async throws {
    let scratch = Scratch()
    let credentials = Credentials(folder: scratch.path + "/a/b")
    _ = try await credentials.store(Credential(username: "u", identityToken: "t"), for: "r.example.com:5000")
    #expect(
      try await credentials.find("r.example.com:5000") == Credential(username: "u", identityToken: "t"))
    var status = stat()
    stat(scratch.path + "/a/b", &status)
    #expect(status.st_mode & 0o777 == 0o700)
    #expect(try await !Credentials(folder: scratch.path + "/none").erase("x"))
    #expect(!Files.exists(scratch.path + "/none"))
  }

  @Test func linksStayLinks() async throws {
    let scratch = Scratch()
    let real = try scratch.write("real.json", "{}")
    symlink(real, scratch.path + "/config.json")
    _ = try await Self.credentials(scratch).store(Credential(username: "u", password: "p"), for: "x")
    #expect(try scratch.text("real.json").contains("dTpw"))
    var status = stat()
    lstat(scratch.path + "/config.json", &status)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
  }

  /// A helper that keeps one credential in a file, and says what it was called with.
  private static let helper = """
    #!/bin/sh
    cd "$(dirname "$0")"
    input=$(cat)
    echo "$1 $input" >> calls
    case $1 in
    store) echo "$input" > kept ;;
    get) if [ -f kept ]; then cat kept; else echo credentials not found in native keychain; exit 1; fi ;;
    erase) rm kept ;;
    esac
    """

  @Test func helpersAreAsked() async throws {
    let scratch = Scratch()
    try scratch.program("docker-credential-test", Self.helper)
    _ = try scratch.write("config.json", #"{"credsStore": "test"}"#)
    let credentials = Self.credentials(scratch)
    #expect(try await credentials.find("docker.io") == nil)
    let keeper = try await credentials.store(Credential(username: "u", password: "p"), for: "docker.io")
    #expect(keeper == .helper("test"))
    #expect(try await credentials.find("docker.io") == Credential(username: "u", password: "p"))
    #expect(try await credentials.erase("docker.io"))
    #expect(try await !credentials.erase("docker.io"))
    let key = "https://index.docker.io/v1/"
    let stored = #"{"ServerURL":"\#(key)","Username":"u","Secret":"p"}"#
    #expect(
      try scratch.text("calls").split(separator: "\n") == [
        "get \(key)", "store \(stored)", "get \(key)", "get \(key)", "erase \(key)", "get \(key)",
      ])
    #expect(try !scratch.text("config.json").contains("dTpw"))
  }

  @Test func helpersOfOneRegistryGoFirst() async throws {
    let scratch = Scratch()
    try scratch.program("docker-credential-own", Self.helper)
    _ = try scratch.write("kept", #"{"Username": "<token>", "Secret": "t"}"#)
    _ = try scratch.write(
      "config.json", #"{"credsStore": "none", "credHelpers": {"r.example.com": "own"}}"#)
    let credentials = Self.credentials(scratch)
    #expect(
      try await credentials.find("r.example.com") == Credential(username: "<token>", identityToken: "t"))
    #expect(try await credentials.find("other.example.com") == nil)
    let text = await failure {
      _ = try await credentials.store(Credential(username: "u", password: "p"), for: "other.example.com")
    }
    #expect(
      text
        == "run docker-credential-none: executable file not found in PATH (config.json names it in credsStore or credHelpers)"
    )
  }

  @Test func helpersInheritNoConnection() async throws {
    let scratch = Scratch()
    // The last one is of the folder that is listed.
    try scratch.program(
      "docker-credential-test",
      """
      #!/bin/sh
      ls /proc/self/fd > "$(dirname "$0")/descriptors"
      echo credentials not found in native keychain
      exit 1
      """)
    _ = try scratch.write("config.json", #"{"credsStore": "test"}"#)
    let image = FakeImage()
    try await FakeRegistry.with({ image.answer($0) }) { registry in
      try await withClient { client in
        _ = try await client.manifest(ImageReference("\(registry.name)/box"))
        #expect(try await Self.credentials(scratch).find("r.example.com") == nil)
      }
    }
    #expect(try scratch.text("descriptors") == "0\n1\n2\n3\n")
  }

  @Test func helpersThatFailAreToldOf() async throws {
    let scratch = Scratch()
    try scratch.program(
      "docker-credential-test", "#!/bin/sh\nprintf 'locked\\033[1m\\n'; exit 3\n")
    _ = try scratch.write("config.json", #"{"credsStore": "test"}"#)
    let text = await failure { _ = try await Self.credentials(scratch).find("x.example.com") }
    #expect(text == "docker-credential-test get: locked [1m")
    _ = try scratch.write("config.json", #"{"credsStore": "../test"}"#)
    let other = await failure { _ = try await Self.credentials(scratch).find("x.example.com") }
    #expect(other.contains("not the end of a program's name"))
  }
}
