import Glibc
import Testing

@testable import Runtime

/// What a syslog message looks like, byte for byte.
@Suite struct LogsSyslogTests {
  /// 2 March 2026, 05:06:07, at a distance to UTC.
  private func head(_ format: String, distance: Int = 0, priority: Int = 30, nanoseconds: Int = 1_234_999)
    -> String
  {
    var time = tm()
    (time.tm_year, time.tm_mon, time.tm_mday) = (126, 2, 2)
    (time.tm_hour, time.tm_min, time.tm_sec, time.tm_gmtoff) = (5, 6, 7, distance)
    return String(
      decoding: SyslogFormat(option: format)!.head(
        priority: priority, time, nanoseconds: nanoseconds, host: "box", tag: "0123456789ab", process: 42),
      as: UTF8.self)
  }

  @Test func formats() {
    #expect(head("") == "<30>Mar  2 05:06:07 0123456789ab[42]: ")
    #expect(head("rfc3164", priority: 27) == "<27>Mar  2 05:06:07 box 0123456789ab[42]: ")
    #expect(head("rfc5424") == "<30>1 2026-03-02T05:06:07Z box 0123456789ab 42 0123456789ab - ")
    #expect(
      head("rfc5424", distance: 5400) == "<30>1 2026-03-02T05:06:07+01:30 box 0123456789ab 42 0123456789ab - "
    )
    #expect(
      head("rfc5424micro", distance: -3600)
        == "<30>1 2026-03-02T05:06:07.001234-01:00 box 0123456789ab 42 0123456789ab - ")
    #expect(head("rfc5424micro", nanoseconds: 0).contains("T05:06:07.000000Z "))
  }

  @Test func severities() throws {
    let options = try LogOptions(
      driver: "syslog", ["syslog-facility": "local0", "syslog-format": "rfc3164", "tag": "{{.Name}}"])
    var messages = SyslogMessages(options, tag: try options.tag(of: .web), host: "box", process: 7)
    messages.begin(.stdout, at: cannedTime)
    #expect(String(decoding: messages.head(whole: true), as: UTF8.self).hasPrefix("<134>"))
    messages.begin(.stderr, at: cannedTime)
    #expect(String(decoding: messages.head(whole: true), as: UTF8.self).hasPrefix("<131>"))
    #expect(String(decoding: messages.head(whole: false), as: UTF8.self).hasSuffix(" box web[7]: "))
  }
}

/// What a journal entry looks like, byte for byte.
@Suite struct LogsJournalTests {
  @Test func entries() throws {
    let options = try LogOptions(
      driver: "journald", ["labels": "team.name", "env": "STAGE", "tag": "{{.Name}}"])
    var container = LoggedContainer.web
    container.labels["team.name"] = "two\nlines"
    var entries = JournalEntries(
      container, tag: try options.tag(of: container), attributes: try options.attributes(of: container))
    entries.begin(.stdout, at: cannedTime)
    let fixed =
      """
      CONTAINER_ID=0123456789ab
      CONTAINER_ID_FULL=\(container.id)
      CONTAINER_NAME=web
      CONTAINER_TAG=web
      SYSLOG_IDENTIFIER=web
      IMAGE_NAME=nginx:1.25
      STAGE=production
      TEAM_NAME
      \u{9}\0\0\0\0\0\0\0two
      lines

      """
    let rest = "SYSLOG_TIMESTAMP=2026-11-21T15:00:45.012345678Z\n"
    #expect(
      String(decoding: entries.head(whole: true), as: UTF8.self) == fixed + "PRIORITY=6\n" + rest + "MESSAGE="
    )
    entries.begin(.stderr, at: cannedTime)
    #expect(
      String(decoding: entries.head(whole: false), as: UTF8.self)
        == fixed + "PRIORITY=3\n" + rest + "CONTAINER_PARTIAL_MESSAGE=true\nMESSAGE=")
  }

  @Test func fieldNames() {
    #expect(JournalEntries.fieldName("com.example.some-label2") == "COM_EXAMPLE_SOME_LABEL2")
    #expect(JournalEntries.fieldName("_.ä") == "")
    #expect(JournalEntries.fieldName("__x_") == "X_")
  }
}
