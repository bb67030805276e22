// Hooks that run inside the container's namespaces: createContainer and startContainer.
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/poll.h>
#include <linux/sched.h>

#include "init.h"
#include "list.h"

#define SIGNAL_KILL 9
#define SIGNAL_CHILD 17

__attribute__((noreturn)) static void become_hook(int state, const char **arguments, const char **environment) {
  uint64_t none = 0;
  sys(__NR_dup3, state, 0, 0);
  sys(__NR_close_range, 3, ~0u, 0);
  sys(__NR_rt_sigprocmask, 2, &none, 0, sizeof none);
  long result = sys(__NR_execve, text(0), arguments, environment);
  sys(__NR_exit_group, result == -ENOENT ? 127 : 126);
  for (;;) {}
}

// The state is a file and not a pipe: a hook that never reads it can neither block nor kill this process.
static long state_file(void) {
  long file = sys(__NR_memfd_create, "state", MFD_CLOEXEC);
  if (file < 0) return file;
  const char *at = text(3);
  size_t left = text_length(3);
  while (left) {
    long written = sys(__NR_write, file, at, left);
    if (written <= 0) return written < 0 ? written : -EIO;
    at += written;
    left -= (size_t)written;
  }
  sys(__NR_lseek, file, 0, 0);
  return file;
}

OPERATION(hook) {
  long state = state_file();
  if (state < 0) return (int)state;
  const char **arguments = list_of(1), **environment = list_of(2);
  if (!arguments || !environment) return -ENOMEM;
  int watch = -1;
  struct clone_args how = {.flags = CLONE_PIDFD, .pidfd = (uint64_t)&watch, .exit_signal = SIGNAL_CHILD};
  long child = kcall(__NR_clone3, &how, sizeof how);
  if (child == 0) become_hook((int)state, arguments, environment);
  sys(__NR_close, state);
  if (child < 0) return (int)child;

  struct { int descriptor; short events, happened; } wait = {watch, 1 /* POLLIN */, 0};
  struct { long seconds, nanoseconds; } limit = {number(0) / 1000, number(0) % 1000 * 1000000};
  long ready;
  do ready = sys(__NR_ppoll, &wait, 1, number(0) > 0 ? &limit : 0, 0, 0);
  while (ready == -EINTR);
  if (ready == 0) sys(__NR_kill, child, SIGNAL_KILL);
  int status = 0;
  long ended;
  do ended = sys(__NR_wait4, child, &status, 0, 0);
  while (ended == -EINTR);
  sys(__NR_close, watch);
  if (ready == 0) status = -ETIMEDOUT;
  if (ended < 0) return (int)ended;
  if (!status) return 0;
  report(PLAN_REPORT_HOOK, status, -1);
  return -ECANCELED;
}
