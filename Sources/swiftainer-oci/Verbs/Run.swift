import CShim
import Glibc
import Runtime

extension Command {
  static let run = Command(
    name: "run", arguments: "ID", summary: "make a container and run its payload",
    flags: CreateFlags.all + [
      Flag("detach", short: "d", "do not wait for the payload's end"),
      Flag("keep", "keep the container when the payload has ended"),
      Flag("no-subreaper", "leave orphans of the payload to others"),
    ], count: 1...1
  ) { arguments, context in
    var options = try CreateFlags.options(arguments, context)
    let detached = arguments.has("detach")
    var master: CInt = -1
    if !detached && options.consoleSocket == nil {
      options.receiveConsole = { received, _ in master = received }
    }
    if !detached {
      SignalSet.blockAll()
      if !arguments.has("no-subreaper") { _ = shim_set_child_subreaper(1) }
    }
    let (container, process) = try Container.run(arguments.positional[0], in: context.store, options)
    if detached { return 0 }
    var foreground = try Foreground(process, master: master)
    let status = try foreground.wait()
    if !arguments.has("keep") { try container.delete(force: true) }
    return LaunchedProcess.exitCode(status)
  }
}
