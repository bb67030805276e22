import Runtime

extension StoredContainer {
  /// How what the container sees differs from its image, in the order of the paths.
  public func changes() throws -> [FileChange] {
    let image = try image()
    if image.isBundle {
      throw Failure(
        "diff \(name)",
        reason: "it was made from a bundle and writes into that: there is nothing to compare with")
    }
    if options.writesImage {
      throw Failure(
        "diff \(name)",
        reason: "it writes into its image's folder (--rw-rootfs): there is nothing to compare with")
    }
    // Made by the first start.
    if !Files.exists(upper) { return [] }
    let own = DefaultSpec.mounts.map(\.destination) + NetworkFiles.names.map { "/etc/" + $0 } + ["/dev"]
    return try FileChanges.between(
      upper: upper, lower: image.files(), mountPoints: (own + options.mounts.map(\.target)).map(Files.clean))
  }
}
