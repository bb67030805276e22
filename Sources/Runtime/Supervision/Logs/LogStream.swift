/// Which of a payload's two outputs a line comes from. With a terminal there is only the first.
public enum LogStream: UInt8, CaseIterable, Sendable {
  case stdout
  case stderr

  /// As it stands in a log's lines.
  public var name: StaticString { self == .stdout ? "stdout" : "stderr" }
}

/// What a log says about the container that it is of.
public struct LoggedContainer: Equatable, Sendable {
  /// 64 hexadecimal digits.
  public var id: String
  public var name: String
  public var imageName: String
  public var imageID: String
  /// The program and its arguments.
  public var command: [String]
  public var labels: [String: String]
  /// `NAME=VALUE`, as the payload gets them.
  public var environment: [String]

  public init(
    id: String, name: String, imageName: String = "", imageID: String = "", command: [String] = [],
    labels: [String: String] = [:], environment: [String] = []
  ) {
    self.id = id
    self.name = name
    self.imageName = imageName
    self.imageID = imageID
    self.command = command
    self.labels = labels
    self.environment = environment
  }
}
