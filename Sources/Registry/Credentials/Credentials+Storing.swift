import Glibc
import OCISpec
import Runtime

extension Credentials {
  /// Who has a credential now.
  public enum Keeper: Equatable, Sendable {
    /// A file, in which whoever can read it reads the password.
    case file(String)
    /// The program `docker-credential-NAME`.
    case helper(String)
  }

  /// Keeps what a login has shown to be right.
  public func store(_ credential: Credential, for registry: String) async throws -> Keeper {
    guard let file, let folder else {
      throw Failure("keep credentials", reason: "neither DOCKER_CONFIG nor HOME is set")
    }
    if let helper = try read()?.helper(registry) {
      try await helper.store(Self.key(registry), credential)
      // As docker does: the file lists where one is logged in, without saying as whom.
      try change(folder, file, registry) { _ in .object([]) }
      return .helper(helper.name)
    }
    try change(folder, file, registry) { _ in
      var members = [
        JSONValue.Member(
          "auth", .string(Base64.encode((credential.username + ":" + credential.password).utf8)))
      ]
      if let token = credential.identityToken { members.append(.init("identitytoken", .string(token))) }
      return .object(members)
    }
    return .file(file)
  }

  /// Forgets what is known for a registry; whether there was anything.
  public func erase(_ registry: String) async throws -> Bool {
    guard let file, let folder, let config = try read() else { return false }
    var isAny = false
    if let helper = config.helper(registry) {
      isAny = try await helper.get(Self.key(registry)) != nil
      if isAny { try await helper.erase(Self.key(registry)) }
    }
    let isInFile = try change(folder, file, registry) { _ in nil }
    return isInFile || isAny
  }

  /// Writes the file anew with another entry; whether it has changed.
  @discardableResult
  private func change(
    _ folder: String, _ file: String, _ registry: String, _ entry: (Credentials) -> JSONValue?
  ) throws -> Bool {
    let entry = entry(self)
    if entry == nil && !Files.exists(file) { return false }
    try Files.makeFolders(folder, mode: 0o700)
    // Two who log in at once would each forget the other's.
    let lock = try Files.open(folder, O_RDONLY | O_DIRECTORY)
    while flock(lock.raw, LOCK_EX) != 0 {
      if errno != EINTR { throw Failure("lock", folder, errno: errno) }
    }
    defer { flock(lock.raw, LOCK_UN) }
    let text: [UInt8]
    if let config = try read() {
      guard let changed = try config.setting(registry, entry) else { return false }
      text = changed
    } else if let entry {
      text = DockerConfig.text(of: registry, entry)
    } else {
      return false
    }
    // Many a home has its files elsewhere, and links to them: the link stays.
    var status = stat()
    let isThere = stat(file, &status) == 0
    let target =
      isThere
      ? realpath(file, nil).map { path in
        defer { free(path) }
        return String(cString: path)
      } ?? file : file
    try Files.replace(target, text, mode: 0o600)
    // With sudo it is somebody's whose it shall remain.
    if isThere, status.st_uid != geteuid() || status.st_gid != getegid() {
      _ = chown(target, status.st_uid, status.st_gid)
    }
    return true
  }
}
