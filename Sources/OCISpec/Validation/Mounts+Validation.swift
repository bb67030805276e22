extension Mount {
  /// Whether it shows files that exist elsewhere.
  public var isBind: Bool {
    type == "bind" || type == "rbind" || options.contains("bind") || options.contains("rbind")
  }

  /// The destination as a clean absolute path: a relative one counts from the root, as older engines expect.
  public var cleanDestination: String { cleanPath(destination) }

  func validate(at path: @autoclosure () -> String, _ linux: Linux) throws(SpecError) {
    try require(!destination.isEmpty, path() + ".destination", "must not be empty")
    try checkText(destination, path() + ".destination")
    try require(cleanDestination != "/", path() + ".destination", "must not be the root directory")
    try checkText(type, path() + ".type")
    try checkText(source, path() + ".source")
    try checkTexts(options, path() + ".options")
    let isBind = isBind
    try require(!isBind || source ?? "" != "", path() + ".source", "is required for a bind mount")
    try validateMappings(at: path(), isBind: isBind, linux)
  }

  /// Source: runtime-spec 1.3.0, config.md, "Mounts": `uidMappings`, `gidMappings`, `idmap`.
  private func validateMappings(
    at path: @autoclosure () -> String, isBind: Bool, _ linux: Linux
  ) throws(SpecError) {
    if uidMappings.isEmpty && gidMappings.isEmpty {
      try require(
        !(options.contains("idmap") || options.contains("ridmap")) || linux.has(.user), path() + ".options",
        "idmap needs uidMappings and gidMappings, or a user namespace")
      return
    }
    try require(!uidMappings.isEmpty, path() + ".uidMappings", "is required together with gidMappings")
    try require(!gidMappings.isEmpty, path() + ".gidMappings", "is required together with uidMappings")
    try require(isBind, path() + ".uidMappings", "is for bind mounts only")
    try checkMappings(uidMappings, path() + ".uidMappings")
    try checkMappings(gidMappings, path() + ".gidMappings")
  }
}
