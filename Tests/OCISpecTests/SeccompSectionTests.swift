import Testing

@testable import OCISpec

private let filter =
  #"{ "defaultAction" : "SCMP_ACT_ALLOW",  "syscalls": [ {"names":["a"], "action":"SCMP_ACT_KILL"} ] }"#

@Test func filtersAreKeptByteForByte() throws {
  let spec = try SpecDecoder.decode(Array(config(#""linux": {"seccomp": \#(filter)}"#).utf8))
  let section = try #require(spec.linux?.seccomp)
  #expect(String(decoding: section.source, as: UTF8.self) == filter)
  // A compact configuration keeps the text, so that a cache still knows it.
  let again = try SpecDecoder.decode(spec.json())
  #expect(again.linux?.seccomp?.source == section.source)
  #expect(try SpecDecoder.decode(spec.json(.indented(2))).linux?.seccomp == section)
}

@Test func filtersAreNotDecodedBeforeTheyAreNeeded() throws {
  let spec = try SpecDecoder.decode(
    Array(config(#""root": {"path": "r"}, "linux": {"seccomp": {"defaultAction": 5}}"#).utf8))
  #expect(errorText { try spec.validate() } == "no error")
  #expect(
    errorText { _ = try spec.linux?.seccomp?.decoded() }
      == "linux.seccomp.defaultAction: must be a string, not a number")
}

@Test("Filters that make no sense are refused", arguments: wrongFilters)
func wrongFilter(_ text: String, _ error: String) {
  let reported = errorText {
    _ = try SeccompSection(source: Array(text.utf8), name: "profile.json").decoded()
  }
  #expect(reported == error)
}

private func rule(_ members: String) -> String {
  #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [\#(members)]}"#
}

private let wrongFilters: [(String, String)] = [
  ("{", "profile.json: line 1, column 2: expected a name in double quotes or '}', found the end of the text"),
  ("[]", "linux.seccomp: must be an object, not an array"),
  ("{}", "linux.seccomp.defaultAction: is required"),
  (
    #"{"defaultAction": "SCMP_ACT_ALOW"}"#,
    "linux.seccomp.defaultAction: has the unknown value 'SCMP_ACT_ALOW' (did you mean 'SCMP_ACT_ALLOW'?)"
  ),
  (#"{"defaultAction": "deny"}"#, "linux.seccomp.defaultAction: has the unknown value 'deny'"),
  (
    #"{"defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/s"}"#,
    "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default action"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1}"#,
    "linux.seccomp.defaultErrnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE only, not SCMP_ACT_ALLOW"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4095}"#,
    "linux.seccomp.defaultErrnoRet: must be at most 4094, not 4095"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_TRACE", "defaultErrnoRet": 65536}"#,
    "linux.seccomp.defaultErrnoRet: must be at most 65535, not 65536"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86-64"]}"#,
    "linux.seccomp.architectures[0]: has the unknown value 'SCMP_ARCH_X86-64' (did you mean 'SCMP_ARCH_X86_64'?)"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["LOG"]}"#,
    "linux.seccomp.flags[0]: must be SECCOMP_FILTER_FLAG_TSYNC, SECCOMP_FILTER_FLAG_LOG, "
      + "SECCOMP_FILTER_FLAG_SPEC_ALLOW or SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, not 'LOG'"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_ALLOW", "listenerMetadata": "x"}"#,
    "linux.seccomp.listenerMetadata: needs a listenerPath"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "agent.sock"}"#,
    "linux.seccomp.listenerPath: must be an absolute path, not 'agent.sock'"
  ),
  (
    rule(#"{"names": ["a"], "action": "SCMP_ACT_NOTIFY"}"#),
    "linux.seccomp.listenerPath: is required for SCMP_ACT_NOTIFY"
  ),
  (
    rule(#"{"names": ["read", "write"], "action": "SCMP_ACT_NOTIFY"}"#),
    "linux.seccomp.syscalls[0].names[1]: SCMP_ACT_NOTIFY cannot be used for write"
  ),
  (
    #"{"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]}"#,
    "linux.seccomp.flags[0]: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs SCMP_ACT_NOTIFY"
  ),
  (rule(#"{"action": "SCMP_ACT_KILL"}"#), "linux.seccomp.syscalls[0].names: is required"),
  (rule(#"{"names": [], "action": "SCMP_ACT_KILL"}"#), "linux.seccomp.syscalls[0].names: must not be empty"),
  (
    rule(#"{"names": ["a", ""], "action": "SCMP_ACT_KILL"}"#),
    "linux.seccomp.syscalls[0].names[1]: must not be empty"
  ),
  (rule(#"{"names": ["a"]}"#), "linux.seccomp.syscalls[0].action: is required"),
  (
    rule(#"{"names": ["a"], "action": "SCMP_ACT_KILL", "errnoRet": 1}"#),
    "linux.seccomp.syscalls[0].errnoRet: is for SCMP_ACT_ERRNO and SCMP_ACT_TRACE only, not SCMP_ACT_KILL"
  ),
  (
    rule(
      #"{"names": ["a"], "action": "SCMP_ACT_KILL", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}"#
    ),
    "linux.seccomp.syscalls[0].args[0].index: must lie in 0...5, not 6"
  ),
  (
    rule(#"{"names": ["a"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": 0, "op": "=="}]}"#),
    "linux.seccomp.syscalls[0].args[0].op: must be SCMP_CMP_NE, SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE, "
      + "SCMP_CMP_GT or SCMP_CMP_MASKED_EQ, not '=='"
  ),
  (
    rule(
      #"{"names": ["a"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "value": -1, "op": "SCMP_CMP_EQ"}]}"#
    ),
    "linux.seccomp.syscalls[0].args[0].value: must not be negative"
  ),
  (
    rule(#"{"names": ["a"], "action": "SCMP_ACT_KILL", "args": [{"index": 0, "op": "SCMP_CMP_EQ"}]}"#),
    "linux.seccomp.syscalls[0].args[0].value: is required"
  ),
]

@Test(arguments: [
  ("", nil), (#", "flags": null"#, nil), (#", "flags": []"#, []),
  (#", "flags": ["SECCOMP_FILTER_FLAG_LOG"]"#, [LinuxSeccompFlag.log]),
])
func absentFlagsAreNotAnEmptyList(member: String, expected: [LinuxSeccompFlag]?) throws {
  let text = #"{"defaultAction": "SCMP_ACT_ALLOW""# + member + "}"
  let value = try SeccompSection(source: Array(text.utf8), name: "s.json").decoded()
  #expect(value.flags == expected)
  // Written and read again, it is still told apart.
  #expect(try SeccompSection(source: value.json(), name: "s.json").decoded().flags == expected)
}
