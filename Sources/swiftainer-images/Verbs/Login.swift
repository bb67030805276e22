import ArgumentParser
import Glibc
import ImageFlags
import Images
import Registry
import Runtime

struct Login: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "login")
  @OptionGroup var flags: LoginFlags

  func run() async throws {
    let server = Credentials.host(flags.server ?? ImageReference.usualRegistry)
    if flags.password != nil && flags.passwordStdin {
      throw Failure("--password and --password-stdin are mutually exclusive")
    }
    if flags.passwordStdin && flags.username == nil {
      throw Failure("Must provide --username with --password-stdin")
    }
    let known = try await Registries.credentials().find(server)
    guard let username = try flags.username ?? ask("Username: ", isSecret: false) ?? known?.username else {
      throw Failure("cannot perform an interactive login from a non TTY device", reason: "give --username")
    }
    guard let password = try password() else {
      throw Failure(
        "cannot perform an interactive login from a non TTY device", reason: "give --password-stdin")
    }
    let credential = try await Registries.with { client in
      try await client.login(server, username: username, password: password)
    }
    let keeper = try await Registries.credentials().store(credential, for: server)
    if case .file(let path) = keeper {
      Told.error(
        "warning: the password is in \(path), for whoever can read it; a credential helper keeps it safe")
    }
    Told.line("Login Succeeded")
  }

  private func password() throws -> String? {
    if let password = flags.password {
      Told.error("warning: others see --password among the processes: use --password-stdin")
      return password
    }
    if flags.passwordStdin {
      let said = String(
        decoding: try Files.read(STDIN_FILENO, "standard input", limit: 1 << 16), as: UTF8.self)
      return said.hasSuffix("\n") ? String(said.dropLast()) : said
    }
    return try ask("Password: ", isSecret: true)
  }

  /// Nil where nobody sits at a terminal.
  private func ask(_ question: String, isSecret: Bool) throws -> String? {
    guard isatty(STDIN_FILENO) == 1 else { return nil }
    var before = termios()
    tcgetattr(STDIN_FILENO, &before)
    if isSecret {
      var silent = before
      silent.c_lflag &= ~tcflag_t(ECHO)
      tcsetattr(STDIN_FILENO, TCSANOW, &silent)
    }
    defer {
      if isSecret {
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
        Told.line("")
      }
    }
    // Only now: what somebody types as soon as they are asked must not be shown.
    Told.write(question, to: STDOUT_FILENO)
    var said: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4096)
    while said.last != UInt8(ascii: "\n") {
      // In short steps: an interrupt cancels the task, which nothing would wake up.
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      while poll(&input, 1, 100) <= 0 { try Task.checkCancellation() }
      let got = read(STDIN_FILENO, &piece, piece.count)
      if got < 0 && errno == EINTR { continue }
      if got <= 0 { break }
      said += piece[..<got]
    }
    if said.isEmpty { return nil }
    return String(decoding: said.last == UInt8(ascii: "\n") ? said.dropLast() : said[...], as: UTF8.self)
  }
}

struct Logout: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "logout")
  @OptionGroup var flags: LogoutFlags

  func run() async throws {
    let server = Credentials.host(flags.server ?? ImageReference.usualRegistry)
    if try await Registries.credentials().erase(server) {
      Told.line("Removing login credentials for \(Credentials.key(server))")
    } else {
      Told.line("Not logged in to \(Credentials.key(server))")
    }
  }
}
