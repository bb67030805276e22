// Joining and making namespaces, and what a new one needs at once.
#include <linux/errno.h>
#include <linux/keyctl.h>
#include <linux/sched.h>

#include "init.h"

OPERATION(join_hierarchy) {
  // A process without threads that moves itself does not wait for a grace period of the whole machine.
  long written = kcall(__NR_write, number(0), "0", 1);
  sys(__NR_close, number(0));
  return written < 0 ? (int)written : 0;
}

OPERATION(setns) {
  if (has_flag(PLAN_SETNS_LATE) && (in.joined & number(1))) return 0;
  long result = kcall(__NR_setns, number(0), number(1));
  if (result >= 0) in.joined |= number(1);
  return result == -EPERM && has_flag(PLAN_SETNS_EARLY) ? 0 : (int)result;
}

OPERATION(unshare) { return (int)kcall(__NR_unshare, number(0)); }

OPERATION(fork) {
  // A joined pid or time namespace holds from the next process on. CLONE_PARENT makes that one the runtime's
  // child as this one is, so that it can be awaited.
  struct clone_args how = {.flags = (uint64_t)number(0) | CLONE_PARENT, .exit_signal = 0};
  long child = kcall(__NR_clone3, &how, sizeof how);
  if (child < 0) return (int)child;
  // The child is silent until the runtime knows it: what it says may not overtake who it is.
  if (child == 0) return wait_for_word(in.report);
  report(PLAN_REPORT_FORKED, child, -1);
  for (;;) sys(__NR_exit_group, 0);
}

OPERATION(become_root) {
  long result = kcall(__NR_setgroups, 0, 0);
  // Where a user namespace denies setgroups, it has no groups to drop.
  if (result >= 0 || result == -EPERM) result = kcall(__NR_setresgid, 0, 0, 0);
  if (result >= 0) result = kcall(__NR_setresuid, 0, 0, 0);
  // The change of the user made this process dumpable by nobody, and so it must stay.
  return (int)result;
}

OPERATION(keyring) {
  long result = kcall(__NR_keyctl, KEYCTL_JOIN_SESSION_KEYRING, text(0));
  // A kernel without keyrings has none to inherit either.
  return result == -ENOSYS || result >= 0 ? 0 : (int)result;
}

struct interface_flags {
  char name[16];
  short flags;
  char rest[22];
};

OPERATION(loopback_up) {
  enum { AF_INET_ = 2, SOCK_DGRAM_CLOEXEC = 2 | 02000000, GET_FLAGS = 0x8913, SET_FLAGS = 0x8914, UP = 1 };
  long socket = qcall(__NR_socket, AF_INET_, SOCK_DGRAM_CLOEXEC, 0);
  if (socket < 0) return (int)socket;
  struct interface_flags request = {.name = "lo"};
  long result = qcall(__NR_ioctl, socket, GET_FLAGS, &request);
  if (result >= 0) {
    request.flags |= UP;
    result = kcall(__NR_ioctl, socket, SET_FLAGS, &request);
  }
  sys(__NR_close, socket);
  return (int)result;
}
