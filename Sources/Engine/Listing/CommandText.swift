import OCISpec
import Runtime

extension StoredContainer {
  /// The payload's program and its arguments.
  public var arguments: [String] {
    let given = (options.entrypoint ?? []) + options.command
    if !given.isEmpty { return given }
    if imageManifest == nil, let image = try? image(), case .bundle(let spec, _) = image.kind {
      return spec.process?.args ?? []
    }
    return ["/bin/sh"]
  }

  /// The command as one line.
  public var commandText: String { Self.commandText(arguments) }

  static func commandText(_ arguments: [String]) -> String {
    arguments.enumerated().map { $0.offset > 0 && $0.element.contains(" ") ? "'\($0.element)'" : $0.element }
      .joined(separator: " ")
  }
}

/// Texts that are cut off where they are long.
public enum Ellipsis {
  /// The text, or as much of it as leaves room for `…` in so many places.
  public static func text(_ text: String, _ places: Int) -> String {
    let scalars = text.unicodeScalars
    guard scalars.index(scalars.startIndex, offsetBy: places + 1, limitedBy: scalars.endIndex) != nil else {
      return text
    }
    return String(scalars.prefix(places - 1)) + "…"
  }
}
