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
  // Closed by the exec, so that one that fails can still be told.
  sys(__NR_close_range, 3, ~0u, 4 /* CLOSE_RANGE_CLOEXEC */);
  sys(__NR_rt_sigprocmask, 2, &none, 0, sizeof none);
  announce(__NR_execve, SYS_ARG(text(0)), SYS_ARG(arguments), SYS_ARG(environment));
  long result = qcall(__NR_execve, text(0), arguments, environment);
  sys(__NR_exit_group, result == -ENOENT ? 127 : 126);
  for (;;) {}
}

static long write_all(int file, const char *at, size_t left) {
  while (left) {
    long written = sys(__NR_write, file, at, left);
    if (written <= 0) return written < 0 ? written : -EIO;
    at += written;
    left -= (size_t)written;
  }
  return 0;
}

static long write_number(int file, long number) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = (char)('0' + number % 10);
  while (number /= 10);
  return write_all(file, digits + at, sizeof digits - at);
}

// The state is a file and not a pipe: a hook that never reads it can neither block nor kill this process.
static long state_file(void) {
  long file = qcall(__NR_memfd_create, "state", MFD_CLOEXEC);
  if (file < 0) return file;
  // The byte 1 stands for this process's number, which nobody else knows in this pid namespace.
  const char *at = text(3), *end = at + text_length(3), *mark = at;
  while (mark < end && *mark != 1) mark++;
  long result = write_all((int)file, at, (size_t)(mark - at));
  if (result == 0 && mark < end) result = write_number((int)file, sys(__NR_getpid));
  if (result == 0 && mark < end) result = write_all((int)file, mark + 1, (size_t)(end - mark - 1));
  if (result < 0) return result;
  sys(__NR_lseek, file, 0, 0);
  return file;
}

OPERATION(hook) {
  long state = state_file();
  if (state < 0) return (int)state;
  const char **arguments = list_of(1), **environment = list_of(2);
  if (!arguments || !environment) return -ENOMEM;
  int watch = -1;
  // Not clone3: a filter that is in force by now may answer that with ENOSYS.
  long child = kcall(__NR_clone, CLONE_PIDFD | SIGNAL_CHILD, 0, &watch, 0, 0);
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
