// Joining and making namespaces, and what a new one needs at once.
#include <linux/errno.h>
#include <linux/keyctl.h>

#include "init.h"

OPERATION(setns) { return (int)kcall(__NR_setns, number(0), number(1)); }
OPERATION(unshare) { return (int)kcall(__NR_unshare, number(0)); }

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
  long socket = sys(__NR_socket, AF_INET_, SOCK_DGRAM_CLOEXEC, 0);
  if (socket < 0) return (int)socket;
  struct interface_flags request = {.name = "lo"};
  long result = sys(__NR_ioctl, socket, GET_FLAGS, &request);
  if (result >= 0) {
    request.flags |= UP;
    result = kcall(__NR_ioctl, socket, SET_FLAGS, &request);
  }
  sys(__NR_close, socket);
  return (int)result;
}
