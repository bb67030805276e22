import OCISpec
import Testing

@testable import Images

@Suite struct ConfigTests {
  /// As Docker's build writes it.
  private let docker = #"""
    {"architecture":"amd64","config":{"Hostname":"","Domainname":"","User":"www-data:www-data","AttachStdin":false,
    "ExposedPorts":{"80/tcp":{},"443/tcp":{}},"Tty":false,"Env":["PATH=/usr/local/sbin:/usr/bin","NGINX_VERSION=1.25.5"],
    "Cmd":["nginx","-g","daemon off;"],"Healthcheck":{"Test":["CMD-SHELL","curl -f http://localhost/ || exit 1"],
    "Interval":30000000000,"Timeout":3000000000,"StartPeriod":5000000000,"StartInterval":1000000000,"Retries":4},
    "ArgsEscaped":true,"Image":"sha256:abc","Volumes":{"/var/cache/nginx":{}},"WorkingDir":"/srv",
    "Entrypoint":["/docker-entrypoint.sh"],"OnBuild":["RUN true"],"Labels":{"maintainer":"Someone <a@example.com>","none":null},
    "StopSignal":"SIGQUIT","StopTimeout":7,"Shell":["/bin/bash","-c"]},
    "container":"4e5","container_config":{"Cmd":["/bin/sh","-c","#(nop) "]},"created":"2024-04-23T15:21:03.123456789Z",
    "docker_version":"20.10.23","history":[{"created":"2024-04-23T00:00:00Z",
    "created_by":"/bin/sh -c #(nop) ADD file:4b1be1de1a1e5aa6 in / "},{"created":"2024-04-23T00:00:01Z",
    "created_by":"CMD [\"bash\"]","comment":"buildkit.dockerfile.v0","author":"Me","empty_layer":true}],
    "os":"linux","rootfs":{"type":"layers","diff_ids":[
    "sha256:5d4427064ecc46e3c2add169e9b5eafc7ed2be7861081ec925938ab628ac0e25"]},"variant":"v2"}
    """#

  private func parse(_ text: String) throws -> ImageConfig {
    try ImageConfig(json: JSONDocument(Array(text.utf8), name: "text").root)
  }

  @Test func dockerConfig() throws {
    let image = try parse(docker)
    #expect(image.created == "2024-04-23T15:21:03.123456789Z" && image.variant == "v2")
    let config = image.config
    #expect(config.user == "www-data:www-data" && config.workingDir == "/srv")
    #expect(config.exposedPorts == ["443/tcp", "80/tcp"] && config.volumes == ["/var/cache/nginx"])
    #expect(config.env.count == 2)
    #expect(config.entrypoint == ["/docker-entrypoint.sh"])
    #expect(config.command == ["nginx", "-g", "daemon off;"])
    #expect(config.labels == ["maintainer": "Someone <a@example.com>", "none": ""])
    #expect(config.stopSignal == "SIGQUIT" && config.stopTimeout == 7)
    #expect(config.shell == ["/bin/bash", "-c"] && config.onBuild == ["RUN true"])
    let check = try #require(config.healthcheck)
    #expect(check.test == ["CMD-SHELL", "curl -f http://localhost/ || exit 1"])
    #expect(check.interval == 30_000_000_000 && check.timeout == 3_000_000_000)
    #expect(check.startPeriod == 5_000_000_000 && check.startInterval == 1_000_000_000 && check.retries == 4)
    #expect(image.history.map(\.isEmptyLayer) == [false, true])
    #expect(image.history[1].comment == "buildkit.dockerfile.v0" && image.history[1].author == "Me")
    #expect(image.diffIDs.count == 1)
  }

  @Test func thereAndBack() throws {
    let image = try parse(docker)
    #expect(try parse(String(decoding: image.json(), as: UTF8.self)) == image)
    let text = String(decoding: image.json(), as: UTF8.self)
    #expect(text.contains(#""ExposedPorts":{"443/tcp":{},"80/tcp":{}}"#))
    #expect(text.contains(#""rootfs":{"type":"layers","diff_ids":["sha256:5d44"#))
  }

  @Test func whatIsAbsent() throws {
    let image = try parse(#"{"config":null}"#)
    #expect(image == ImageConfig(architecture: "", os: ""))
    let bare = try parse(#"{"config":{"Cmd":null,"Entrypoint":[],"Env":null,"Labels":null,"Volumes":null}}"#)
    #expect(bare.config.command == nil && bare.config.entrypoint == [])
    // An image of nothing has its fields all the same.
    let text = String(decoding: ImageConfig(architecture: "amd64").json(), as: UTF8.self)
    #expect(
      text == #"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[]}}"#)
  }

  @Test func aCommandOfOneWord() throws {
    #expect(try parse(#"{"config":{"Cmd":"ls -l"}}"#).config.command == ["ls -l"])
  }

  @Test(arguments: [
    (#"{"rootfs":{"type":"files"}}"#, "rootfs.type: must be layers, not 'files'"),
    (#"{"rootfs":{"diff_ids":["md5:1"]}}"#, "rootfs.diff_ids[0]: must be sha256:"),
    (#"{"config":{"Env":"A=B"}}"#, "config.Env: must be an array, not a string"),
    (#"{"config":{"Env":["A=\u0000"]}}"#, "config.Env[0]: must not contain a NUL byte"),
    (#"{"config":{"Healthcheck":{"Interval":-1}}}"#, "config.Healthcheck.Interval: must not be negative"),
    (#"{"config":{"Healthcheck":{"Retries":-1}}}"#, "config.Healthcheck.Retries: must not be negative"),
    (#"{"config":{"Labels":{"a":1}}}"#, "config.Labels.a: must be a string, not a number"),
    (#"{"history":[1]}"#, "history[0]: must be an object, not a number"),
  ])
  func refused(_ text: String, _ words: String) {
    let error = #expect(throws: SpecError.self) { try parse(text) }
    #expect(error?.description.hasPrefix(words) == true)
  }
}
