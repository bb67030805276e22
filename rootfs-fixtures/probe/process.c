// Processes, signals, memory and time: everything by which a payload uses what it was given.
#define _GNU_SOURCE
#include "commands.h"
#include "record.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int signal_number(const char *text) {
  if (isdigit((unsigned char)*text)) return atoi(text);
  if (strncmp(text, "SIG", 3) == 0) text += 3;
  for (int i = 1; i < NSIG; i++) {
    const char *name = sigabbrev_np(i);
    if (name && strcmp(name, text) == 0) return i;
  }
  return 0;
}

const char *signal_name(int number) {
  const char *name = sigabbrev_np(number);
  return name ? name : "RT";
}

static void ready(const char *name) {
  record_open(name);
  put_bool("ready", true);
  put_number("pid", getpid());
  record_close();
}

static void sleep_for(int argc, char **argv) {
  (void)argc;
  double seconds = atof(argv[1]);
  struct timespec left = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {}
}

static void exit_with(int argc, char **argv) {
  (void)argc;
  _exit(atoi(argv[1]));
}

static void pause_for_ever(int argc, char **argv) {
  (void)argc, (void)argv;
  ready("pause");
  for (;;) pause();
}

static void signal_self(int argc, char **argv) {
  (void)argc;
  int number = signal_number(argv[1]);
  signal(number, SIG_DFL);
  // Pid 1 of a namespace is deaf to its own default-action signals, and that is what the test then sees.
  int failed = kill(getpid(), number);
  record_open("signal-self");
  put_errno("errno", failed ? errno : 0);
  record_close();
}

static void kill_other(int argc, char **argv) {
  (void)argc;
  int failed = kill(atoi(argv[1]), signal_number(argv[2]));
  record_open("kill");
  put_errno("errno", failed ? errno : 0);
  record_close();
}

static void ignore_signal(int argc, char **argv) {
  for (int i = 1; i < argc; i++) signal(signal_number(argv[i]), SIG_IGN);
  ready("ignore");
}

static void handle_signals(int argc, char **argv) {
  int last = argc > 1 ? signal_number(argv[1]) : 0;
  sigset_t all;
  sigfillset(&all);
  sigdelset(&all, SIGCHLD);
  sigprocmask(SIG_BLOCK, &all, NULL);
  ready("handle-signals");
  for (;;) {
    siginfo_t info;
    int number = sigwaitinfo(&all, &info);
    if (number < 0) continue;
    record_open("signal");
    put_number("number", number);
    put_text("name", signal_name(number));
    put_number("sender", info.si_pid);
    record_close();
    if (number == last) break;
  }
  sigprocmask(SIG_UNBLOCK, &all, NULL);
}

static void put_children(const char *name, const pid_t *pids, int count) {
  record_open(name);
  list_open("pids");
  for (int i = 0; i < count; i++) put_number(NULL, pids[i]);
  list_close();
  record_close();
}

/// Children that pause; with `session` each leads a session of its own.
static void fork_many(const char *name, const char *text, bool session) {
  int count = atoi(text);
  pid_t *pids = calloc((size_t)count + 1, sizeof *pids);
  int made = 0, error = 0;
  for (; made < count; made++) {
    pid_t child = fork();
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, 0);
      if (session) setsid();
      for (;;) pause();
    }
    if (child < 0) {
      error = errno;
      break;
    }
    pids[made] = child;
  }
  record_open(name);
  put_errno("errno", error);
  list_open("pids");
  for (int i = 0; i < made; i++) put_number(NULL, pids[i]);
  list_close();
  record_close();
  free(pids);
}

static void fork_children(int argc, char **argv) {
  (void)argc;
  fork_many("fork", argv[1], false);
}

static void fork_daemons(int argc, char **argv) {
  (void)argc;
  fork_many("daemons", argv[1], true);
}

static void make_zombies(int argc, char **argv) {
  (void)argc;
  int count = atoi(argv[1]);
  pid_t pids[256];
  if (count > 256) count = 256;
  for (int i = 0; i < count; i++) {
    pids[i] = fork();
    if (pids[i] == 0) _exit(i & 0xff);
    siginfo_t info;
    waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT);  // dead for certain, and left unreaped
  }
  put_children("zombies", pids, count);
}

static void make_orphans(int argc, char **argv) {
  (void)argc;
  int count = atoi(argv[1]);
  for (int i = 0; i < count; i++) {
    pid_t middle = fork();
    if (middle == 0) {
      if (fork() == 0) _exit(0);
      _exit(0);
    }
    waitpid(middle, NULL, 0);
  }
  record_open("orphans");
  put_number("made", count);
  record_close();
}

static void reap(int argc, char **argv) {
  (void)argc, (void)argv;
  int reaped = 0, status;
  record_open("reap");
  list_open("statuses");
  while (waitpid(-1, &status, 0) > 0) {
    put_number(NULL, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
    reaped++;
  }
  list_close();
  put_number("reaped", reaped);
  record_close();
}

static void eat_memory(int argc, char **argv) {
  (void)argc;
  size_t bytes = strtoull(argv[1], NULL, 0), page = (size_t)sysconf(_SC_PAGESIZE);
  unsigned char *memory =
      mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  int error = memory == MAP_FAILED ? errno : 0;
  size_t step = bytes / 4 / page * page;
  for (size_t touched = 0; !error && touched < bytes; touched += page) {
    memory[touched] = 1;
    if (step && touched && touched % step == 0) {
      record_open("eaten");
      put_unsigned("bytes", touched);
      record_close();
    }
  }
  record_open("eat-memory");
  put_unsigned("bytes", bytes);
  put_errno("errno", error);
  record_close();
}

static long long microseconds(struct timeval value) { return value.tv_sec * 1000000ll + value.tv_usec; }

static void burn_cpu(int argc, char **argv) {
  (void)argc;
  double wanted = atof(argv[1]), spent;
  struct timespec begin, now;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  do {
    clock_gettime(CLOCK_MONOTONIC, &now);
    spent = (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
  } while (spent < wanted);
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  record_open("burn-cpu");
  put_number("usedMicroseconds", microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
  record_close();
}

static void outcome(char **argv, int failed) {
  int error = failed ? errno : 0;
  record_open(argv[0]);
  put_errno("errno", error);
  record_close();
}

static void set_user(int argc, char **argv) {
  (void)argc;
  outcome(argv, setuid((uid_t)atoi(argv[1])));
}

static void set_group(int argc, char **argv) {
  (void)argc;
  outcome(argv, setgid((gid_t)atoi(argv[1])));
}

static void set_groups(int argc, char **argv) {
  gid_t groups[64];
  int count = 0;
  for (int i = 1; i < argc && count < 64; i++) groups[count++] = (gid_t)atoi(argv[i]);
  outcome(argv, setgroups((size_t)count, groups));
}

static void set_nice(int argc, char **argv) {
  (void)argc;
  outcome(argv, setpriority(PRIO_PROCESS, 0, atoi(argv[1])));
}

static void run_in_child(int argc, char **argv) {
  (void)argc;
  pid_t child = fork();
  if (child == 0) {
    execv(argv[1], argv + 1);
    _exit(errno == ENOENT ? 127 : 126);
  }
  int status = 0;
  waitpid(child, &status, 0);
  record_open("spawn");
  put_number("status", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  record_close();
}

static void replace_self(int argc, char **argv) {
  (void)argc;
  execv(argv[1], argv + 1);
  outcome(argv, -1);
}

const struct command process_commands[] = {
    {"sleep", "SECONDS", "sleep and go on", 1, sleep_for},
    {"exit", "STATUS", "end at once", 1, exit_with},
    {"pause", "", "say so, then wait for ever", 0, pause_for_ever},
    {"signal-self", "SIGNAL", "send oneself a signal", 1, signal_self},
    {"kill", "PID SIGNAL", "send another process a signal", 2, kill_other},
    {"ignore", "SIGNAL…", "ignore these signals from now on", 1, ignore_signal},
    {"handle-signals", "[LAST]", "print each signal; go on after LAST", 0, handle_signals},
    {"fork", "N", "N children that wait for ever", 1, fork_children},
    {"daemons", "N", "N such children, each in its own session", 1, fork_daemons},
    {"zombies", "N", "N dead children, not reaped", 1, make_zombies},
    {"orphans", "N", "N dead grandchildren for whoever is pid 1", 1, make_orphans},
    {"reap", "", "wait for every child", 0, reap},
    {"eat-memory", "BYTES", "touch that much memory and keep it", 1, eat_memory},
    {"burn-cpu", "SECONDS", "spin; prints the processor time got", 1, burn_cpu},
    {"setuid", "ID", "setuid(2)", 1, set_user},
    {"setgid", "ID", "setgid(2)", 1, set_group},
    {"setgroups", "ID…", "setgroups(2)", 0, set_groups},
    {"nice", "VALUE", "setpriority(2) of itself", 1, set_nice},
    {"spawn", "PROGRAM [ARGUMENT…]", "run a program in a child", 1, run_in_child},
    {"exec", "PROGRAM [ARGUMENT…]", "become a program", 1, replace_self},
    {0},
};
