#define _GNU_SOURCE
#include "shim_host.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

int shim_event_counter(void) {
  int counter = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return counter < 0 ? -errno : counter;
}

uint64_t shim_take_events(int counter) {
  eventfd_t count = 0;
  return eventfd_read(counter, &count) == 0 ? count : 0;
}

int shim_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0; }

int shim_close_from(posix_spawn_file_actions_t *actions, int first) {
  return -posix_spawn_file_actions_addclosefrom_np(actions, first);
}

char *const *shim_environment(void) { return environ; }

int shim_prlimit(int pid, int resource, const uint64_t wanted[2], uint64_t found[2]) {
  // The kernel's struct rlimit64 is two such numbers.
  return syscall(SYS_prlimit64, pid, resource, wanted, found) < 0 ? -errno : 0;
}

int shim_seccomp_takes_flags(uint32_t flags) {
  // The flags are checked before the program is looked at, which is none here: EFAULT means that they passed.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, NULL) < 0 && errno == EFAULT;
}
