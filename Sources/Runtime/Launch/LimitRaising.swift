import CShim

/// Hard limits of the init that the runtime raises: root of a user namespace has no right to, and once raised they
/// need none to be lowered again.
struct LimitRaising {
  let pid: Int32
  let listener: KernelCallListener

  /// Leaves the soft limit as it is, since the init still works under it. What cannot be raised is left for the
  /// init to fail at, in the words of the limit.
  func raise(_ resource: String, to hard: UInt64) {
    guard let number = ResourceLimit.number(resource) else { return }
    var limit: [UInt64] = [0, 0]
    let read = shim_prlimit(pid, CInt(number), nil, &limit)
    listener.tell(KernelCall.prlimit64(UInt64(number), of: pid, found: (limit[0], limit[1])), read)
    if read < 0 || limit[1] >= hard { return }
    limit[1] = hard
    let written = shim_prlimit(pid, CInt(number), limit, nil)
    listener.tell(KernelCall.prlimit64(UInt64(number), of: pid, soft: limit[0], hard: hard), written)
  }
}
