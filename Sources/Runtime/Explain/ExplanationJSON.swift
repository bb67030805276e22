import OCISpec

/// An explanation as JSON, one object on a line.
enum ExplanationJSON {
  static func line(_ step: ExplainedStep) -> String {
    text { writer in
      writer.member("step", step.number)
      writer.member("actor", step.actor)
      writer.member("title", step.title)
      if step.isContinued { writer.member("continued", true) }
      writer.member("why", step.reason)
      writer.name("shell")
      if let shell = step.shell { writer.string(shell) } else { writer.null() }
      writer.name("calls")
      writer.array { writer in
        for call in step.calls {
          writer.object { writer in
            writer.member("call", call.call.invocation)
            writer.member("result", call.call.result)
            if let result = call.call.result, result < 0 {
              let code = CInt(truncatingIfNeeded: -result)
              writer.member("errno", Int(code))
              writer.member("error", KernelCall.errorName(code))
              writer.member("message", KernelCall.errorText(code))
            }
            writer.member("by", call.by)
          }
        }
      }
      writer.member("time_us", step.time.map { $0 / 1000 })
      writer.member("failure", step.failure)
    }
  }

  static func warning(_ warning: String) -> String {
    text { $0.member("warning", warning) }
  }

  private static func text(_ members: (inout JSONWriter) -> Void) -> String {
    var writer = JSONWriter(.compact)
    writer.object(members)
    return String(decoding: writer.bytes, as: UTF8.self) + "\n"
  }
}
