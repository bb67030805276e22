import CShim
import Engine
import Glibc
import Runtime

// Started by `swiftainer` with the data root, the run root, a container's ID, and the descriptors of the connection to
// who started it and of the container's lock.
let words = CommandLine.arguments
guard words.count == 6, let starter = CInt(words[4]), let lock = CInt(words[5]), fcntl(starter, F_GETFD) >= 0,
  fcntl(lock, F_GETFD) >= 0
else {
  let text = "swiftainer-monitor: is started by swiftainer, one for each container that runs\n"
  _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  exit(125)
}
// Nothing in a container may look into this process (CVE-2016-9962).
_ = shim_set_dumpable(0)
setsid()
_ = chdir("/")
// It has nothing of its starter's environment, and calls programs of the host all the same.
setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1)
_ = fcntl(starter, F_SETFD, FD_CLOEXEC)
_ = fcntl(lock, F_SETFD, FD_CLOEXEC)
StandardDescriptors.makeNull()
MonitorProcess.leaveLegacyCgroups()
// Each published port and each connection that is handed on takes some.
shim_raise_descriptors()
// Kept for what goes wrong before there is a loop to tell it.
let spare = fcntl(starter, F_DUPFD_CLOEXEC, 3)
let roots = EngineRoots(data: words[1], run: words[2])
do {
  try StoredContainer.monitor(words[3], roots, starter: starter, startLock: lock)
} catch {
  PacketSocket(OwnedFD(spare)).send(.failed(code: 125, text: "\(error)"))
  exit(125)
}
