// Raw system calls and kernel settings.
#define _GNU_SOURCE
#include "commands.h"
#include "record.h"

#include <ctype.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL(name) {#name, SYS_##name}
static const struct {
  const char *name;
  long number;
} calls[] = {
    CALL(acct), CALL(add_key), CALL(bpf), CALL(chdir), CALL(chroot), CALL(clock_settime), CALL(clone3),
    CALL(close), CALL(delete_module), CALL(dup), CALL(fchdir), CALL(getcwd), CALL(getpid), CALL(getppid),
    CALL(gettid), CALL(getuid), CALL(init_module), CALL(io_uring_setup), CALL(kcmp), CALL(kexec_load),
    CALL(keyctl), CALL(lookup_dcookie), CALL(lseek), CALL(mincore), CALL(mkdirat), CALL(mount),
    CALL(name_to_handle_at), CALL(open_by_handle_at), CALL(openat2), CALL(perf_event_open),
    CALL(personality), CALL(pidfd_open), CALL(pivot_root), CALL(prctl), CALL(ptrace), CALL(reboot),
    CALL(request_key), CALL(sched_yield), CALL(setdomainname), CALL(sethostname), CALL(setns),
    CALL(settimeofday), CALL(socket), CALL(swapoff), CALL(swapon), CALL(sync), CALL(syslog), CALL(umask),
    CALL(umount2), CALL(unshare), CALL(userfaultfd), CALL(vhangup), CALL(dup3),
};

static long call_number(const char *text) {
  if (isdigit((unsigned char)*text)) return atol(text);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
    if (strcmp(calls[i].name, text) == 0) return calls[i].number;
  }
  return -1;
}

static void raw_call(int argc, char **argv) {
  long arguments[6] = {0};
  for (int i = 2; i < argc && i < 8; i++) {
    // `s:text` passes the address of a text, anything else is a number
    bool text = strncmp(argv[i], "s:", 2) == 0;
    arguments[i - 2] = text ? (long)(argv[i] + 2) : (long)strtoull(argv[i], NULL, 0);
  }
  long number = call_number(argv[1]);
  errno = 0;
  const long *a = arguments;
  long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  int error = result == -1 ? errno : 0;
  record_open("syscall");
  put_text("name", argv[1]);
  put_number("number", number);
  put_number("result", result);
  put_errno("errno", error);
  record_close();
}

/// The same kernel entered by its 32-bit door, where calls have other numbers.
static void narrow_call(int argc, char **argv) {
  (void)argc;
  long result = -ENOSYS;
#ifdef __x86_64__
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(atol(argv[1])), "b"(0), "c"(0), "d"(0)
                   : "memory", "r8", "r9", "r10", "r11");
#endif
  record_open("syscall32");
  put_number("number", atol(argv[1]));
  put_number("result", (int)result);
  record_close();
}

static void sysctl(int argc, char **argv) {
  (void)argc;
  char path[512];
  snprintf(path, sizeof path, "/proc/sys/%s", argv[1]);
  for (char *c = path + strlen("/proc/sys/"); *c; c++) {
    if (*c == '.') *c = '/';
  }
  char *text = read_whole(path);
  int error = text ? 0 : errno;
  if (text) text[strcspn(text, "\n")] = 0;
  record_open("sysctl");
  put_text("name", argv[1]);
  put_errno("errno", error);
  put_text("value", text);
  record_close();
  free(text);
}

static void unshare_one(int argc, char **argv) {
  (void)argc;
  static const struct {
    const char *name;
    int flag;
  } kinds[] = {
      {"user", CLONE_NEWUSER}, {"mount", CLONE_NEWNS}, {"net", CLONE_NEWNET},       {"pid", CLONE_NEWPID},
      {"uts", CLONE_NEWUTS},   {"ipc", CLONE_NEWIPC},  {"cgroup", CLONE_NEWCGROUP},
  };
  int flag = 0;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(kinds[i].name, argv[1]) == 0) flag = kinds[i].flag;
  }
  int failed = unshare(flag);
  record_open("unshare");
  put_errno("errno", failed ? errno : 0);
  record_close();
}

static void set_host_name(int argc, char **argv) {
  (void)argc;
  int failed = sethostname(argv[1], strlen(argv[1]));
  record_open("sethostname");
  put_errno("errno", failed ? errno : 0);
  record_close();
}

const struct command kernel_commands[] = {
    {"syscall", "NAME|NUMBER [ARGUMENT…]", "raw call; `s:TEXT` passes a text", 1, raw_call},
    {"syscall32", "NUMBER", "raw call through int 0x80", 1, narrow_call},
    {"sysctl", "NAME", "value of a kernel setting", 1, sysctl},
    {"unshare", "KIND", "user mount net pid uts ipc cgroup", 1, unshare_one},
    {"sethostname", "NAME", "sethostname(2)", 1, set_host_name},
    {0},
};
