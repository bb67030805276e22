import Testing

@testable import OCISpec

@Test("Configurations as a whole", arguments: specCases)
func specValidation(_ example: ValidationCase) { example.check() }

private let versions: [(String, String?)] = [
  ("1.0.0", nil), ("1.0.2-dev", nil), ("1.0.0-rc5", nil), ("1.2.1+dev", nil), ("1.3.0", nil), ("1.99.0", nil),
  ("", "ociVersion: must not be empty"),
  ("1", "ociVersion: must be a version like 1.3.0, not '1'"),
  ("1.0", "ociVersion: must be a version like 1.3.0, not '1.0'"),
  ("v1.0.0", "ociVersion: must be a version like 1.3.0, not 'v1.0.0'"),
  ("1.0.0.0", "ociVersion: must be a version like 1.3.0, not '1.0.0.0'"),
  ("1..0", "ociVersion: must be a version like 1.3.0, not '1..0'"),
  ("1.0.x", "ociVersion: must be a version like 1.3.0, not '1.0.x'"),
  ("-dev", "ociVersion: must be a version like 1.3.0, not '-dev'"),
  ("0.7.0", "ociVersion: version '0.7.0' is not supported (1.0.0 to 1.3.0 are)"),
  ("2.0.0", "ociVersion: version '2.0.0' is not supported (1.0.0 to 1.3.0 are)"),
  ("10.0.0", "ociVersion: version '10.0.0' is not supported (1.0.0 to 1.3.0 are)"),
]

private let specCases: [ValidationCase] =
  versions.map { version, error in ValidationCase(error) { $0.ociVersion = version } } + [
    ValidationCase("root: is required") { $0.root = nil },
    ValidationCase("root.path: must not be empty") { $0.root?.path = "" },
    ValidationCase("root.path: must not contain a NUL byte") { $0.root?.path = "a\u{0}b" },
    ValidationCase(nil) { $0.root?.path = "/abs" },
    ValidationCase(nil) { $0.process = nil },
    // Without a Linux part there are no namespaces.
    ValidationCase(nil) { $0.linux = nil },
    ValidationCase("hostname: needs a uts namespace (add one to linux.namespaces)") {
      $0.linux = nil
      $0.hostname = "box"
    },
    ValidationCase(nil) { $0.hostname = "box" },
    ValidationCase(nil) {
      $0.hostname = "box"
      $0.linux?.remove(.uts)
      $0.linux?.namespaces.append(LinuxNamespace(type: .uts, path: "/proc/1/ns/uts"))
    },
    ValidationCase("hostname: needs a uts namespace (add one to linux.namespaces)") {
      $0.hostname = "box"
      $0.linux?.remove(.uts)
    },
    ValidationCase("domainname: needs a uts namespace (add one to linux.namespaces)") {
      $0.domainname = "example.org"
      $0.linux?.remove(.uts)
    },
    ValidationCase(nil) { $0.hostname = String(repeating: "h", count: 64) },
    ValidationCase("hostname: must have at most 64 bytes, not 65") {
      $0.hostname = String(repeating: "h", count: 65)
    },
    ValidationCase("hostname: must have at most 64 bytes, not 66") {
      $0.hostname = String(repeating: "é", count: 33)
    },
    ValidationCase("hostname: must not contain a NUL byte") { $0.hostname = "a\u{0}" },
    ValidationCase(#"linux.sysctl["kernel.domainname"]: contradicts domainname"#) {
      $0.domainname = "a"
      $0.linux?.sysctl = ["kernel.domainname": "b"]
    },
    ValidationCase("annotations: must not have an empty name") { $0.annotations = ["": "x"] },
    ValidationCase("annotations.a: must not contain a NUL byte") { $0.annotations = ["a": "\u{0}"] },
    ValidationCase(nil) { $0.annotations = ["org.example/é": ""] },
    // Hooks.
    ValidationCase(nil) { $0.hooks = Hooks(poststop: [Hook(path: "/h", env: ["A="], timeout: 1)]) },
    ValidationCase("hooks.createRuntime[1].path: must be an absolute path, not 'h'") {
      $0.hooks = Hooks(createRuntime: [Hook(path: "/h"), Hook(path: "h")])
    },
    ValidationCase("hooks.prestart[0].path: must be an absolute path, not ''") {
      $0.hooks = Hooks(prestart: [Hook(path: "")])
    },
    ValidationCase("hooks.poststart[0].timeout: must be more than 0 seconds, not 0") {
      $0.hooks = Hooks(poststart: [Hook(path: "/h", timeout: 0)])
    },
    ValidationCase("hooks.createContainer[0].timeout: must be more than 0 seconds, not -1") {
      $0.hooks = Hooks(createContainer: [Hook(path: "/h", timeout: -1)])
    },
    ValidationCase("hooks.startContainer[0].env[0]: must have the form NAME=value, not 'PATH'") {
      $0.hooks = Hooks(startContainer: [Hook(path: "/h", env: ["PATH"])])
    },
    ValidationCase("hooks.startContainer[0].args[1]: must not contain a NUL byte") {
      $0.hooks = Hooks(startContainer: [Hook(path: "/h", args: ["h", "\u{0}"])])
    },
  ]

@Test("Mounts", arguments: mountCases)
func mountValidation(_ example: ValidationCase) { example.check() }

private let oneID = [LinuxIDMapping(containerID: 0, hostID: 1000, size: 1)]

private let mountCases: [ValidationCase] = [
  .mount(nil, Mount(destination: "/proc", type: "proc", source: "proc")),
  .mount(nil, Mount(destination: "data", type: "tmpfs")),
  .mount("mounts[0].destination: must not be empty", Mount(destination: "", type: "tmpfs")),
  .mount("mounts[0].destination: must not be the root directory", Mount(destination: "/", type: "tmpfs")),
  .mount(
    "mounts[0].destination: must not be the root directory", Mount(destination: "/a/.././/", type: "tmpfs")),
  .mount("mounts[0].destination: must not be the root directory", Mount(destination: "..", type: "tmpfs")),
  .mount("mounts[0].destination: must not contain a NUL byte", Mount(destination: "/a\u{0}", type: "tmpfs")),
  .mount("mounts[0].type: must not contain a NUL byte", Mount(destination: "/a", type: "tmpfs\u{0}")),
  .mount(
    "mounts[0].source: must not contain a NUL byte", Mount(destination: "/a", type: "tmpfs", source: "\u{0}")),
  .mount(
    "mounts[0].options[1]: must not contain a NUL byte",
    Mount(destination: "/a", type: "tmpfs", options: ["ro", "mode=\u{0}"])),
  .mount("mounts[0].source: is required for a bind mount", Mount(destination: "/a", options: ["rbind"])),
  .mount(
    "mounts[0].source: is required for a bind mount", Mount(destination: "/a", type: "bind", source: "")),
  .mount(nil, Mount(destination: "/a", type: "none", source: "relative", options: ["bind"])),
  .mount(
    "mounts[0].options: idmap needs uidMappings and gidMappings, or a user namespace",
    Mount(destination: "/a", source: "/b", options: ["bind", "idmap"])),
  .mount(
    "mounts[0].gidMappings: is required together with uidMappings",
    Mount(destination: "/a", source: "/b", options: ["bind"], uidMappings: oneID)),
  .mount(
    "mounts[0].uidMappings: is required together with gidMappings",
    Mount(destination: "/a", source: "/b", options: ["bind"], gidMappings: oneID)),
  .mount(
    "mounts[0].uidMappings: is for bind mounts only",
    Mount(destination: "/a", type: "tmpfs", uidMappings: oneID, gidMappings: oneID)),
  .mount(
    nil,
    Mount(
      destination: "/a", source: "/b", options: ["bind", "idmap"], uidMappings: oneID, gidMappings: oneID)),
  .mount(
    "mounts[0].gidMappings[0].size: must be more than 0",
    Mount(
      destination: "/a", source: "/b", options: ["bind"], uidMappings: oneID,
      gidMappings: [LinuxIDMapping(containerID: 0, hostID: 0, size: 0)])),
  ValidationCase(nil) {
    $0.linux?.addUserNamespace()
    $0.mounts = [Mount(destination: "/a", source: "/b", options: ["rbind", "ridmap"])]
  },
  ValidationCase("mounts[1].destination: must not be empty") {
    $0.mounts = [Mount(destination: "/a"), Mount(destination: "")]
  },
]
