import OCISpec

/// What is done about a layer: docker's own words, as people know them from its bars.
public enum LayerState: Equatable, Sendable {
  case pullingLayer
  case waiting
  /// Bytes, of how many.
  case downloading(Int64, of: Int64)
  case verifying
  case downloadComplete
  /// Bytes of the archive that are unpacked, of how many.
  case extracting(Int64, of: Int64)
  case pullComplete
  case alreadyExists
  /// After so many milliseconds.
  case retrying(in: Int64)
  case preparing
  case pushing(Int64, of: Int64)
  case pushed
  /// A repository of the same registry.
  case mounted(from: String)
  case layerAlreadyExists

  public var words: String {
    switch self {
    case .pullingLayer: "Pulling fs layer"
    case .waiting: "Waiting"
    case .downloading: "Downloading"
    case .verifying: "Verifying Checksum"
    case .downloadComplete: "Download complete"
    case .extracting: "Extracting"
    case .pullComplete: "Pull complete"
    case .alreadyExists: "Already exists"
    case .retrying(let milliseconds):
      milliseconds <= 1000 ? "Retrying in 1 second" : "Retrying in \((milliseconds + 999) / 1000) seconds"
    case .preparing: "Preparing"
    case .pushing: "Pushing"
    case .pushed: "Pushed"
    case .mounted(let repository): "Mounted from " + repository
    case .layerAlreadyExists: "Layer already exists"
    }
  }
}

/// Told of layers while they are on their way; called from several threads at once.
public typealias LayerListener = @Sendable (Descriptor, LayerState) -> Void
