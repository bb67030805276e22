extension Step {
  /// The reason of the steps that shape the process.
  var reasonAsProcess: String {
    switch self {
    case .setHostname, .setDomainname: "changes the name in the new uts namespace alone"
    case .useConsole: "with a controlling terminal ^C is a signal, and job control works"
    case .setLimit: "while the right to raise a limit is still held; limits outlive the exec"
    case .setUmask: "decides the rights of files the program makes; the init itself worked with none"
    case .setPersonality: "makes the kernel answer as a 32-bit one would, as old programs expect"
    case .setScheduler: "while the right to choose it is still held; it outlives the exec"
    case .setIOPriority: "while the right to choose it is still held; it outlives the exec"
    case .setAffinity: "the processors it may run on, inherited by every child"
    case .setMemoryPolicy: "which memory nodes its memory comes from, inherited by every child"
    case .setLabel: "the label that the next exec takes on; written while the process still may"
    case .changeFolder: "as root first, since a home may be closed to others; looked at again as the user"
    case .closeRest:
      "no descriptor of ours may reach the program: one on a host folder would be a way out (CVE-2024-21626)"
    case .loadSeccomp:
      "the kernel refuses system calls a container does not need, many of which had flaws; as late as can be, so that "
        + "our own calls need no permission"
    case .dropBounding:
      "what is not in the bounding set can never be had again, not even from a setuid program"
    case .becomeUser:
      "groups first, for the right to change them goes with the user; capabilities are kept for one more step"
    case .setCapabilities: "root's might, cut down to the pieces this program was granted"
    case .forbidNewPrivileges: "no setuid program can win back what was taken away"
    case .checkFolder:
      "now as the user: the folder must be permitted, and lie inside the container (CVE-2024-21626)"
    case .findProgram: "looked up in the container's own file system, with the container's PATH, as its user"
    case .execute(_, _, true):
      "below a first process that passes signals on and collects what has ended: few programs do that when they are "
        + "number 1"
    case .execute: "the init is replaced: what remains is the program alone, with what was left to it"
    default: "part of the launch"
    }
  }
}
