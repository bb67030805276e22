import OCISpec
import Testing

@testable import Registry

@Suite struct RegistriesFileTests {
  @Test func everythingIsRead() throws {
    let file = try settings(
      """
      {"registries": {
        "docker.io": {"mirrors": ["https://mirror.example.com/hub/", "cache.example.com:5000"]},
        "Registry.example.com:5000": {"insecure": true, "ca": "/etc/example.pem"}}}
      """)
    #expect(file.entry("docker.io").mirrors == ["https://mirror.example.com/hub/", "cache.example.com:5000"])
    #expect(file.entry("registry.example.com:5000").isInsecure)
    #expect(file.entry("registry.example.com:5000").authority == "/etc/example.pem")
    #expect(file.entry("other.example.com") == RegistriesFile.Entry())
    let mirror = try #require(Mirror("https://mirror.example.com/hub/v2/"))
    #expect(mirror.path == "/hub" && mirror.isSecure == true)
  }

  @Test(arguments: [
    (#"{"registries": {"a b": {}}}"#, #"registries["a b"]: is no registry"#),
    (
      #"{"registries": {"a.example.com": {"insecur": true}}}"#,
      #"registries["a.example.com"].insecur: is unknown"#
    ),
    (#"{"registrys": {}}"#, "registrys: is unknown (there are registries)"),
    (
      #"{"registries": {"a.example.com": {"insecure": 1}}}"#,
      #"insecure: must be true or false, not a number"#
    ),
    (
      #"{"registries": {"x": {"mirrors": ["ftp://a"]}}}"#,
      "registries.x.mirrors[0]: is no address of a mirror"
    ),
    (#"{"registries": {"x": {"ca": "a.pem"}}}"#, "registries.x.ca: must be an absolute path"),
    (#"{"registries": {"x": {}, "X": {}}}"#, "registries.X: appears twice"),
  ])
  func mistakesAreNamed(json: String, words: String) async {
    let text = await failure { _ = try settings(json) }
    #expect(text.contains(words))
  }

  @Test func theFileNeedNotBeThereUnlessNamed() async throws {
    let scratch = Scratch()
    let path = try scratch.write("r.json", #"{"registries": {"x": {"insecure": true}}}"#)
    #expect(try RegistriesFile.read(environment: ["SWIFTAINER_REGISTRIES": path]).entry("x").isInsecure)
    let absent = await failure { _ = try RegistriesFile.read(scratch.path + "/none", environment: [:]) }
    #expect(absent == "open \(scratch.path)/none: no such file or directory")
    let broken = try scratch.write("broken.json", "{\"registries\": ")
    let text = await failure { _ = try RegistriesFile.read(broken, environment: [:]) }
    #expect(text.hasPrefix("read \(broken): "))
  }
}
