extension Hooks {
  /// The names of the lists, in the order in which they are run.
  public static let names = [
    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
  ]

  func validate() throws(SpecError) {
    let lists = [prestart, createRuntime, createContainer, startContainer, poststart, poststop]
    for (name, hooks) in zip(Self.names, lists) {
      for (index, hook) in hooks.enumerated() { try hook.validate(at: "hooks.\(name)[\(index)]") }
    }
  }
}

extension Hook {
  func validate(at path: @autoclosure () -> String) throws(SpecError) {
    try checkAbsolute(self.path, path() + ".path")
    try checkTexts(args, path() + ".args")
    try checkEnvironment(env, path() + ".env")
    if let timeout {
      try require(timeout > 0, path() + ".timeout", "must be more than 0 seconds, not \(timeout)")
    }
  }
}
