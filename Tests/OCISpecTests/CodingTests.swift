import Testing

@testable import OCISpec

@Test func everyMemberIsDecoded() throws {
  let spec = try SpecDecoder.decode(Array(fullText.utf8))
  #expect(spec.process == fullSpec.process)
  #expect(spec.mounts == fullSpec.mounts)
  #expect(spec.hooks == fullSpec.hooks)
  #expect(spec.linux?.resources == fullSpec.linux?.resources)
  #expect(try spec.linux?.seccomp?.decoded() == fullSeccomp)
  #expect(spec == fullSpec)
  #expect(errorText { try spec.validate() } == "no error")
}

@Test("What is written is read back", arguments: [JSONWriter.Layout.compact, .indented(0), .indented(4)])
func roundTrip(_ layout: JSONWriter.Layout) throws {
  for spec in [fullSpec, Spec(), Spec(process: Process(), linux: Linux(resources: LinuxResources()))] {
    #expect(try SpecDecoder.decode(spec.json(layout)) == spec)
  }
  let decoded = try SpecDecoder.decode(Array(fullText.utf8))
  #expect(try SpecDecoder.decode(decoded.json(layout)) == decoded)
}

@Test func absentNullAndEmptyMeanTheSame() throws {
  let bare = try SpecDecoder.decode(Array(config(#""linux": {"namespaces": [{"type": "pid"}]}"#).utf8))
  let wordy = try SpecDecoder.decode(
    Array(
      config(
        #"""
        "hostname": "", "domainname": null, "process": null, "mounts": null, "hooks": null, "annotations": null,
        "linux": {
          "namespaces": [{"type": "pid", "path": ""}], "resources": null, "sysctl": null, "seccomp": null,
          "cgroupsPath": "", "rootfsPropagation": "", "mountLabel": "", "devices": null, "timeOffsets": {}
        }
        """#
      ).utf8))
  #expect(bare == wordy)
  #expect(wordy.linux?.makes(.pid) == true)
}

@Test func unknownMembersAreIgnored() throws {
  let text = config(
    #""vm": {"x": 1}, "solaris": [], "Hostname": 5, "linux": {"future": {"a": [1.5e3, {"b": null}]}}"#)
  #expect(try SpecDecoder.decode(Array(text.utf8)) == Spec(linux: Linux()))
}

@Test(arguments: [
  (#""enableCMT": true"#, true), (#""enableMBM": true, "enableCMT": false"#, true),
  (#""enableCMT": false"#, nil),
  (#""enableMonitoring": false, "enableMBM": true"#, false),
])
func formerSwitchesOfMonitoring(members: String, expected: Bool?) throws {
  let text = config(#""linux": {"intelRdt": {"# + members + "}}")
  #expect(try SpecDecoder.decode(Array(text.utf8)).linux?.intelRdt?.enableMonitoring == expected)
}

@Test func otherDocumentsHaveTheirOwnRoots() throws {
  let process = Array(#"{"cwd": "/", "args": [null]}"#.utf8)
  #expect(
    errorText { _ = try SpecDecoder.decodeProcess(process) } == "process.args[0]: must be a string, not null")
  let resources = Array(#"{"memory": {"limit": true}}"#.utf8)
  #expect(
    errorText { _ = try SpecDecoder.decodeResources(resources) }
      == "resources.memory.limit: must be a whole number, not true")
  #expect(errorText { _ = try SpecDecoder.decodeProcess([]) } == "process.json: is empty")
}

@Test func stateIsWrittenAsEnginesReadIt() throws {
  let state = State(
    id: "box", status: .running, pid: 4422, bundle: "/b", annotations: ["b": "2", "a": "1"],
    rootfs: "/b/rootfs",
    created: "2026-11-21T03:00:00Z", owner: "")
  #expect(
    String(decoding: state.json(), as: UTF8.self)
      == #"{"ociVersion":"1.3.0","id":"box","status":"running","pid":4422,"bundle":"/b","#
      + #""annotations":{"a":"1","b":"2"},"rootfs":"/b/rootfs","created":"2026-11-21T03:00:00Z","owner":""}"#)
  var expected = state
  expected.owner = nil
  #expect(try SpecDecoder.decodeState(state.json()) == expected)
  let seen = ContainerProcessState(
    fds: ["seccompFd"], pid: 7, metadata: "m", state: State(id: "a", status: .creating, bundle: "/"))
  #expect(
    String(decoding: seen.json(), as: UTF8.self)
      == #"{"ociVersion":"1.3.0","fds":["seccompFd"],"pid":7,"metadata":"m","#
      + #""state":{"ociVersion":"1.3.0","id":"a","status":"creating","bundle":"/"}}"#)
}

@Test func emptyListsOfFeaturesAreNotUnknown() {
  let features = Features(
    ociVersionMin: "1.0.0", ociVersionMax: "1.3.0", hooks: [],
    linux: LinuxFeatures(
      cgroup: CgroupFeatures(v1: true, v2: true, systemd: false), apparmor: FeatureSwitch(enabled: true)))
  #expect(
    String(decoding: features.json(), as: UTF8.self)
      == #"{"ociVersionMin":"1.0.0","ociVersionMax":"1.3.0","hooks":[],"#
      + #""linux":{"cgroup":{"v1":true,"v2":true,"systemd":false},"apparmor":{"enabled":true}}}"#)
}
