import ArgumentParser
import CShim
import Glibc
import Registry
import Runtime

/// What everyday commands about images execute: `swiftainer pull` becomes `swiftainer-images pull`. It has what they
/// are better without: HTTP, TLS, archives, compression.
@main
struct SwiftainerImages: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swiftainer", shouldDisplay: false,
    subcommands: [
      Pull.self, Fetch.self, Push.self, Login.self, Logout.self, Search.self, Load.self, Save.self,
      Import.self,
      Export.self, Commit.self,
    ])

  // Not asynchronous: for such a one dispatch ends the first thread and unwinds its stack, for which the unwinder first
  // sorts its tables of the whole program. That takes longer than all the rest of a pull that finds everything there.
  static func main() {
    // Nothing in a container may look into this process (CVE-2016-9962).
    _ = shim_set_dumpable(0)
    StandardDescriptors.ensureOpen()
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if let command = command as? any AsyncParsableCommand {
        // This thread uses it no more, and only waits: nothing that is its own would be run.
        nonisolated(unsafe) let command = command
        Task.detached {
          do {
            try await Interruption.watching {
              var command = command
              try await command.run()
            }
            Glibc.exit(0)
          } catch {
            end(error)
          }
        }
        while true { pause() }
      }
      // A signal ends it at once: the store is whole at any instant.
      try command.run()
    } catch {
      end(error)
    }
    Glibc.exit(0)
  }

  private static func end(_ error: any Error) -> Never {
    switch error {
    case let ended as Interruption.Ended: Glibc.exit(ended.exitCode)
    case let code as ExitCode: Glibc.exit(code.rawValue)
    default:
      Told.error("swiftainer: \(words(error))")
      Glibc.exit(1)
    }
  }

  private static func words(_ error: any Error) -> String {
    error is Failure ? "\(error)" : message(for: error)
  }
}

/// The two streams that people read.
enum Told {
  static func line(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
  static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  static func write(_ text: String, to descriptor: CInt) {
    var text = text
    text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count {
        let written = Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at)
        if written > 0 {
          at += written
        } else if errno != EINTR {
          // Whoever reads it has gone; the work is done all the same.
          return
        }
      }
    }
  }
}
