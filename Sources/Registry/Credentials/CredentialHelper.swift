import CShim
import Glibc
import NIOPosix
import OCISpec
import Runtime

/// A program `docker-credential-NAME` that keeps credentials. Source: docker-credential-helpers, "Development".
struct CredentialHelper: Sendable {
  let name: String
  let environment: [String: String]

  var program: String { "docker-credential-" + name }

  /// Whether there is such a program.
  var isThere: Bool { name.contains("/") || Self.find(program, environment["PATH"]) != nil }

  /// What it stands for where there is a token and no name.
  private static let tokenUser = "<token>"

  /// What it has for a key; nil where it has nothing.
  func get(_ key: String) async throws -> Credential? {
    let (status, output) = try await run("get", Array(key.utf8))
    if status != 0 {
      let words = String(decoding: output, as: UTF8.self)
      // The protocol has no other sign of it than these texts.
      let isAbsent = [
        "credentials not found in native keychain", "no credentials server URL", "no credentials username",
      ].contains { words.contains($0) }
      if isAbsent { return nil }
      throw failed("get", status, output)
    }
    let read: (username: String, secret: String)
    do throws(SpecError) {
      let object = try JSONDocument(output, name: "the answer").root.object()
      read = try (object.string("Username") ?? "", object.string("Secret") ?? "")
    } catch {
      throw Failure(program + " get", reason: TextOfServer.line("\(error)"))
    }
    if read.username.isEmpty && read.secret.isEmpty { return nil }
    return read.username == Self.tokenUser
      ? Credential(username: read.username, identityToken: read.secret)
      : Credential(username: read.username, password: read.secret)
  }

  func store(_ key: String, _ credential: Credential) async throws {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("ServerURL", key)
      writer.member("Username", credential.identityToken == nil ? credential.username : Self.tokenUser)
      writer.member("Secret", credential.identityToken ?? credential.password)
    }
    let (status, output) = try await run("store", writer.bytes)
    if status != 0 { throw failed("store", status, output) }
  }

  func erase(_ key: String) async throws {
    let (status, output) = try await run("erase", Array(key.utf8))
    if status != 0 { throw failed("erase", status, output) }
  }

  private func failed(_ verb: String, _ status: Int, _ output: [UInt8]) -> Failure {
    let words = TextOfServer.line(String(decoding: output.prefix(1000), as: UTF8.self))
    return Failure(program + " " + verb, reason: words.isEmpty ? "exit code \(status)" : words)
  }

  /// It may ask a person, and take as long as that takes: the threads that carry all else are not held up.
  private func run(_ verb: String, _ input: [UInt8]) async throws -> (status: Int, output: [UInt8]) {
    guard !name.contains("/") else {
      throw Failure("credential helper", TextOfServer.line(name), reason: "not the end of a program's name")
    }
    let program = program
    let hint = "config.json names it in credsStore or credHelpers"
    let path = environment["PATH"]
    let words = environment.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value }
    return try await NIOThreadPool.singleton.runIfActive {
      guard let file = Self.find(program, path) else {
        throw Failure("run", program, reason: "executable file not found in PATH", hint: hint)
      }
      return try Self.execute([file, verb], words, input)
    }
  }

  /// Through the PATH of our own environment, which need not be this process's.
  private static func find(_ program: String, _ path: String?) -> String? {
    for folder in (path ?? "/usr/local/bin:/usr/bin:/bin").split(separator: ":") {
      let file = folder + "/" + program
      if access(file, X_OK) == 0 { return file }
    }
    return nil
  }

  private static func execute(
    _ command: [String], _ environment: [String], _ input: [UInt8]
  ) throws(Failure) -> (status: Int, output: [UInt8]) {
    var output: [CInt] = [-1, -1]
    let piped = shim_pipe(&output)
    if piped < 0 { throw Failure("run", command[0], errno: -piped) }
    let reader = OwnedFD(output[0])
    // Not a pipe: to write into one that nobody reads from would end us.
    var feed: [CInt] = [-1, -1]
    let made = socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0, &feed)
    if made != 0 {
      let code = errno
      close(output[1])
      throw Failure("run", command[0], errno: code)
    }
    var writer: CInt? = feed[0]
    defer { if let writer { close(writer) } }
    // What it leaves behind, a daemon for example, is not to keep connections to registries open.
    let pid = ChildProgram.start(
      command[0], command, environment: environment,
      descriptors: [(feed[1], STDIN_FILENO), (output[1], STDOUT_FILENO)], closesOthers: true)
    close(feed[1])
    close(output[1])
    if pid < 0 { throw Failure("run", command[0], errno: -pid) }
    var rest = input[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(feed[0], $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
      if sent < 0 {
        if errno == EINTR { continue }
        // It need not read what it has no use for.
        break
      }
      rest = rest.dropFirst(sent)
    }
    // It sees the end of what it is given.
    close(feed[0])
    writer = nil
    var bytes: [UInt8] = []
    var unread: Failure?
    do throws(Failure) {
      bytes = try Files.read(reader.raw, "output of \(command[0])", limit: 1 << 20)
    } catch {
      unread = error
      kill(pid, SIGKILL)
    }
    let status = ChildProgram.wait(pid)
    if let unread { throw unread }
    return (Int(LaunchedProcess.exitCode(status)), bytes)
  }
}
