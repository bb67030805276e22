#define _GNU_SOURCE
#include "shim_cgroup.h"

#include <errno.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int shim_is_cgroup2(const char *path) {
  struct statfs status;
  return statfs(path, &status) < 0 ? -errno : status.f_type == CGROUP2_SUPER_MAGIC;
}

int shim_wait_for_end(pid_t pid, int milliseconds) {
  int process = (int)syscall(SYS_pidfd_open, pid, 0);
  if (process < 0) return errno == ESRCH ? 1 : -errno;
  struct pollfd poll_for = {.fd = process, .events = POLLIN};
  int count = poll(&poll_for, 1, milliseconds);
  int result = count < 0 ? -errno : count;
  close(process);
  return result;
}
