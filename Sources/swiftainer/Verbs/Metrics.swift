import ArgumentParser
import CShim
import Engine
import Glibc
import Runtime

struct Metrics: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Print all containers' metrics for Prometheus, or serve them.",
    discussion: "With --listen they are at http://ADDRESS:PORT/metrics until ^C.")

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Serve them by HTTP at an IP address and a port; a port alone is on 127.0.0.1.",
      valueName: "address:port"))
  var listen: String?

  func run() throws {
    guard let listen else {
      Output.write(MetricsPage.current())
      return
    }
    let (address, port) = try Self.place(listen)
    let program = try Companion.path(of: "swiftainer-metrics")
    let failed = CStrings.with([program, address, port]) { arguments in
      _ = execve(program, arguments, shim_environment())
      return errno
    }
    throw Failure("execute", program, errno: failed)
  }

  /// `ADDRESS:PORT`, `[ADDRESS]:PORT`, `:PORT` or `PORT`.
  private static func place(_ text: String) throws(Failure) -> (address: String, port: String) {
    let colon = text.lastIndex(of: ":")
    let port = colon.map { text[text.index(after: $0)...] } ?? text[...]
    guard UInt16(port) != nil else {
      throw Failure("--listen", text, reason: "not ADDRESS:PORT", hint: "as in 127.0.0.1:9323")
    }
    var address = colon.map { text[..<$0] } ?? ""
    if address.hasPrefix("["), address.hasSuffix("]") { address = address.dropFirst().dropLast() }
    if address.isEmpty || address == "localhost" { address = "127.0.0.1" }
    return (String(address), String(port))
  }
}
