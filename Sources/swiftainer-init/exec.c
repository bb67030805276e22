// The last steps: finding the program, waiting for `start`, becoming the payload.
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/signal.h>
#include <linux/stat.h>
#include <linux/wait.h>

#include "init.h"
#include "list.h"
#include "status.h"

#define X_OK_ 1
#define SIGNAL_COUNT 64
#define SIGNAL_CHILD 17

static long can_run(const char *path) {
  long file = qcall(__NR_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC);
  if (file < 0) return file;
  struct file_status status;
  long result = qcall(__NR_fstat, file, &status);
  sys(__NR_close, file);
  if (result < 0) return result;
  if ((status.mode & S_IFMT) == S_IFDIR) return -EISDIR;
  if ((status.mode & S_IFMT) != S_IFREG) return -EACCES;
  result = qcall(__NR_faccessat2, AT_FDCWD, path, X_OK_, AT_EACCESS);
  // Held back by the filter, which is older than the call: any right to execute will do, and the exec has the last word.
  if (result == -ENOSYS || result == -EPERM) return status.mode & 0111 ? 0 : -EACCES;
  return result;
}

OPERATION(find_program) {
  const char *name = text(0);
  size_t name_length = text_length(0);
  int has_slash = 0;
  for (const char *at = name; *at; at++) has_slash |= *at == '/';
  if (has_slash) {
    if (name_length >= sizeof in.program) return -ENAMETOOLONG;
    memcpy(in.program, name, name_length + 1);
    return (int)can_run(name);
  }
  long worst = -ENOENT;
  const char *folder = text(1);
  while (*folder) {
    size_t length = 0;
    while (folder[length] && folder[length] != ':') length++;
    if (length + name_length + 2 <= sizeof in.program) {
      memcpy(in.program, folder, length);
      size_t at = length;
      if (!length) in.program[at++] = '.';
      in.program[at++] = '/';
      memcpy(in.program + at, name, name_length + 1);
      long result = can_run(in.program);
      if (result == 0) return 0;
      if (result == -EACCES) worst = result;
    }
    folder += length;
    if (*folder == ':') folder++;
  }
  return (int)worst;
}

static void signals_as_expected(void) {
  struct { void *handler; unsigned long flags; void *restorer; uint64_t mask; } standard = {0};
  for (int signal = 1; signal <= SIGNAL_COUNT; signal++)
    sys(__NR_rt_sigaction, signal, &standard, 0, sizeof standard.mask);  // KILL and STOP refuse: so be it
  uint64_t none = 0;
  sys(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, 0, sizeof none);
}

OPERATION(close_rest) {
  int64_t kept[3] = {in.report, number(1), number(2)};
  // Ascending, so that what lies between two kept descriptors is one range.
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2 - i; j++)
      if (kept[j] > kept[j + 1]) {
        int64_t swap = kept[j];
        kept[j] = kept[j + 1];
        kept[j + 1] = swap;
      }
  int64_t from = number(0);
  for (int i = 0; i < 3; i++) {
    if (kept[i] < from) continue;
    sys(__NR_fcntl, kept[i], F_SETFD, FD_CLOEXEC);
    if (kept[i] > from) kcall(__NR_close_range, from, kept[i] - 1, 0);
    from = kept[i] + 1;
  }
  long result = kcall(__NR_close_range, from, ~0u, 0);
  for (int i = 0; i < PLAN_SLOT_COUNT; i++) in.slot[i] = -1;
  if (!has_flag(PLAN_CLOSE_KEEP_SIGNALS)) signals_as_expected();
  return (int)result;
}

OPERATION(wait_start) {
  int gate = (int)number(0);
  sys(__NR_close, in.report);
  in.report = (int)number(1);
  int result = wait_for_word(gate);
  sys(__NR_close, gate);
  return result;
}

static int exit_code(int status) {
  int signal = status & 0x7f;
  return signal ? 128 + signal : status >> 8 & 0xff;
}

// The first process of a pid namespace inherits every orphan and gets no default signal actions: payloads that
// are not written for that run below a process that is.
__attribute__((noreturn)) static void supervise(long child) {
  uint64_t all = ~0ull;
  sys(__NR_close, in.report);
  for (;;) {
    struct { int number; int rest[31]; } signal;
    long got = sys(__NR_rt_sigtimedwait, &all, &signal, 0, sizeof all);
    if (got < 0) continue;
    if (got != SIGNAL_CHILD) {
      sys(__NR_kill, child, got);
      continue;
    }
    int status;
    long ended;
    while ((ended = sys(__NR_wait4, -1, &status, WNOHANG, 0)) > 0)
      if (ended == child) sys(__NR_exit_group, exit_code(status));
  }
}

OPERATION(exec) {
  if (has_flag(PLAN_EXEC_SUPERVISE)) {
    uint64_t all = ~0ull;
    sys(__NR_rt_sigprocmask, 2, &all, 0, sizeof all);
    // Not clone3: the filter that is in force by now may answer that with ENOSYS.
    long child = kcall(__NR_clone, SIGNAL_CHILD, 0, 0, 0, 0);
    if (child < 0) return (int)child;
    if (child) supervise(child);
    // A group of its own, in the foreground where there is a terminal: ^C reaches the payload once.
    kcall(__NR_setpgid, 0, 0);
    int group[2];
    long has_terminal = sys(__NR_ioctl, 0, 0x540f /* TIOCGPGRP */, group);
    group[0] = (int)sys(__NR_getpid);
    if (has_terminal == 0) kcall(__NR_ioctl, 0, 0x5410 /* TIOCSPGRP */, group);
    signals_as_expected();
  }
  const char **arguments = list_of(0), **environment = list_of(1);
  if (!arguments || !environment) return -ENOMEM;
  announce(__NR_execve, SYS_ARG(in.program), SYS_ARG(arguments), SYS_ARG(environment));
  return (int)kcall(__NR_execve, in.program, arguments, environment);
}
