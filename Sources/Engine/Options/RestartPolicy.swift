import Runtime

/// What follows a container's end.
public enum RestartPolicy: Word {
  case no
  /// After a failure; `most` restarts since the last start by hand, nil for any number.
  case onFailure(most: Int?)
  case always
  case unlessStopped

  public init?(word: String) {
    switch word {
    case "no": self = .no
    case "always": self = .always
    case "unless-stopped": self = .unlessStopped
    case "on-failure": self = .onFailure(most: nil)
    case _ where word.hasPrefix("on-failure:"):
      guard let most = Int(word.dropFirst(11)), most >= 0 else { return nil }
      // As with Docker: no restart at all is what nobody asks for.
      self = .onFailure(most: most == 0 ? nil : most)
    default: return nil
    }
  }

  public var word: String {
    switch self {
    case .no: "no"
    case .always: "always"
    case .unlessStopped: "unless-stopped"
    case .onFailure(nil): "on-failure"
    case .onFailure(let most?): "on-failure:\(most)"
    }
  }

  /// `no`, `on-failure[:N]`, `always` or `unless-stopped`.
  public init(flag text: String) throws(Failure) {
    if let colon = text.firstIndex(of: ":"), ["no", "always", "unless-stopped"].contains(text[..<colon]) {
      throw Failure("--restart", text, reason: "only on-failure takes a number of restarts")
    }
    if text.hasPrefix("on-failure:"), RestartPolicy(word: text) == nil {
      throw Failure("--restart", text, reason: "not a number of restarts", hint: "as in on-failure:3")
    }
    guard let policy = RestartPolicy(word: text) else {
      throw Failure(
        "--restart", text, reason: "unknown policy", hint: "no, on-failure[:N], always or unless-stopped")
    }
    self = policy
  }
}
