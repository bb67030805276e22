import Engine
import Glibc
import NIOCore
import Runtime

// swiftainer-metrics ADDRESS PORT: executed by `swiftainer metrics --listen`.

StandardDescriptors.ensureOpen()
// Before there is a second thread: all inherit it, and the signals are waited for here.
SignalSet.blockAll()
do {
  guard CommandLine.arguments.count == 3, let port = UInt16(CommandLine.arguments[2]) else {
    throw Failure("swiftainer-metrics", reason: "not ADDRESS PORT", hint: "use swiftainer metrics --listen")
  }
  let server = try MetricsServer(address: CommandLine.arguments[1], port: port)
  try Files.write(
    Array("listening on \(server.address)/metrics\n".utf8), to: STDOUT_FILENO, "to standard output")
  waitForEnd()
  server.stop()
} catch {
  try? Files.write(Array("swiftainer: \(error)\n".utf8), to: STDERR_FILENO, "to standard error")
  exit(1)
}

/// Waits for a signal that ends programs.
func waitForEnd() {
  var all = sigset_t()
  sigfillset(&all)
  while true {
    var signal: CInt = 0
    guard sigwait(&all, &signal) == 0 else { continue }
    if [SIGTERM, SIGINT, SIGHUP, SIGQUIT].contains(signal) { return }
  }
}
