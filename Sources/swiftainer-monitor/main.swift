import CShim
import Engine
import Glibc
import Runtime

// Started by `swiftainer` with the data root, the run root and a container's ID; 3 is the connection to who started
// it, 4 the container's lock.
let words = CommandLine.arguments
guard words.count == 4, fcntl(3, F_GETFD) >= 0, fcntl(4, F_GETFD) >= 0 else {
  let text = "swiftainer-monitor: is started by swiftainer, one for each container that runs\n"
  _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  exit(125)
}
// Nothing in a container may look into this process (CVE-2016-9962).
_ = shim_set_dumpable(0)
setsid()
_ = chdir("/")
_ = fcntl(3, F_SETFD, FD_CLOEXEC)
_ = fcntl(4, F_SETFD, FD_CLOEXEC)
StandardDescriptors.makeNull()
let roots = EngineRoots(data: words[1], run: words[2])
do {
  try StoredContainer.monitor(words[3], roots, starter: 3, startLock: 4)
} catch {
  let starter = PacketSocket(OwnedFD(3))
  starter.send(.failed(code: 125, text: "\(error)"))
  exit(125)
}
