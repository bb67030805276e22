// What the kernel says about this process: credentials, limits, namespaces, scheduling.
#define _GNU_SOURCE
#include "commands.h"
#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static void put_credentials(void) {
  uid_t real, effective, saved;
  getresuid(&real, &effective, &saved);
  put_number("uid", real);
  put_number("euid", effective);
  put_number("suid", saved);
  gid_t real_group, effective_group, saved_group;
  getresgid(&real_group, &effective_group, &saved_group);
  put_number("gid", real_group);
  put_number("egid", effective_group);
  put_number("sgid", saved_group);
  gid_t groups[256];
  int count = getgroups(256, groups);
  list_open("groups");
  for (int i = 0; i < count; i++) put_number(NULL, groups[i]);
  list_close();
  mode_t mask = umask(0);
  umask(mask);
  put_number("umask", mask);
}

static void put_scheduling(void) {
  struct {
    unsigned size, policy;
    unsigned long long flags;
    int nice;
    unsigned priority;
    unsigned long long runtime, deadline, period;
    unsigned util_min, util_max;
  } attributes;
  memset(&attributes, 0, sizeof attributes);
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) == 0) {
    object_open("scheduler");
    put_number("policy", attributes.policy);
    put_unsigned("flags", attributes.flags);
    put_number("nice", attributes.nice);
    put_number("priority", attributes.priority);
    put_unsigned("runtime", attributes.runtime);
    put_unsigned("deadline", attributes.deadline);
    put_unsigned("period", attributes.period);
    object_close();
  }
  long priority = syscall(SYS_ioprio_get, 1, 0);
  put_number("ioprioClass", priority < 0 ? priority : priority >> 13);
  put_number("ioprioLevel", priority < 0 ? priority : priority & 7);
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) == 0) {
    list_open("affinity");
    for (int i = 0; i < CPU_SETSIZE; i++) {
      if (CPU_ISSET(i, &cpus)) put_number(NULL, i);
    }
    list_close();
  }
  unsigned long nodes = 0;
  int mode = -1;
  if (syscall(SYS_get_mempolicy, &mode, &nodes, 8 * sizeof nodes + 1, NULL, 0) != 0) mode = -1;
  put_number("memoryPolicy", mode);
  put_unsigned("memoryNodes", nodes);
}

static void put_signals(void) {
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, NULL, &blocked);
  list_open("blocked");
  for (int i = 1; i < NSIG; i++) {
    if (sigismember(&blocked, i) == 1) put_number(NULL, i);
  }
  list_close();
  list_open("ignored");
  for (int i = 1; i < NSIG; i++) {
    struct sigaction action;
    if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN) put_number(NULL, i);
  }
  list_close();
}

static void status(int argc, char **argv) {
  (void)argc, (void)argv;
  record_open("status");
  put_credentials();
  char folder[4096];
  put_text("cwd", getcwd(folder, sizeof folder));
  put_number("noNewPrivs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  put_number("seccomp", prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
  int death = -1;
  prctl(PR_GET_PDEATHSIG, &death);
  put_number("pdeathsig", death);
  put_number("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
  put_number("securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
  int reaper = -1;
  prctl(PR_GET_CHILD_SUBREAPER, &reaper);
  put_number("subreaper", reaper);
  put_number("pid", getpid());
  put_number("ppid", getppid());
  put_number("session", getsid(0));
  put_number("pgid", getpgrp());
  int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
  put_bool("controllingTerminal", terminal >= 0);
  if (terminal >= 0) close(terminal);
  put_number("personality", personality(0xffffffff));
  put_scheduling();
  char *score = read_whole("/proc/self/oom_score_adj");
  if (score) {
    put_number("oomScoreAdj", atoi(score));
    free(score);
  } else {
    put_text("oomScoreAdj", NULL);
  }
  put_signals();
  put_number("sessionKeyring", syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
  record_close();
}

static const char *const capability_names[] = {
    "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
    "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
    "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
    "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
    "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
    "CHECKPOINT_RESTORE",
};
enum { capability_count = sizeof capability_names / sizeof *capability_names };

static void put_set(const char *key, unsigned long long bits) {
  list_open(key);
  for (int i = 0; i < 64; i++) {
    if (!(bits >> i & 1)) continue;
    char name[40];
    if (i < capability_count) {
      snprintf(name, sizeof name, "CAP_%s", capability_names[i]);
    } else {
      snprintf(name, sizeof name, "%d", i);
    }
    put_text(NULL, name);
  }
  list_close();
}

static void caps(int argc, char **argv) {
  (void)argc, (void)argv;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{0}};
  syscall(SYS_capget, &header, data);
  unsigned long long bounding = 0, ambient = 0;
  for (int i = 0; i < 64; i++) {
    if (prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) bounding |= 1ull << i;
    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1) ambient |= 1ull << i;
  }
  record_open("caps");
  put_set("bounding", bounding);
  put_set("effective", data[0].effective | (unsigned long long)data[1].effective << 32);
  put_set("permitted", data[0].permitted | (unsigned long long)data[1].permitted << 32);
  put_set("inheritable", data[0].inheritable | (unsigned long long)data[1].inheritable << 32);
  put_set("ambient", ambient);
  record_close();
}

static void limits(int argc, char **argv) {
  (void)argc, (void)argv;
  static const struct {
    const char *name;
    int resource;
  } all[] = {
      {"RLIMIT_AS", RLIMIT_AS},           {"RLIMIT_CORE", RLIMIT_CORE},
      {"RLIMIT_CPU", RLIMIT_CPU},         {"RLIMIT_DATA", RLIMIT_DATA},
      {"RLIMIT_FSIZE", RLIMIT_FSIZE},     {"RLIMIT_LOCKS", RLIMIT_LOCKS},
      {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK}, {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
      {"RLIMIT_NICE", RLIMIT_NICE},       {"RLIMIT_NOFILE", RLIMIT_NOFILE},
      {"RLIMIT_NPROC", RLIMIT_NPROC},     {"RLIMIT_RSS", RLIMIT_RSS},
      {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},   {"RLIMIT_RTTIME", RLIMIT_RTTIME},
      {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING}, {"RLIMIT_STACK", RLIMIT_STACK},
  };
  record_open("limits");
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    struct rlimit limit;
    getrlimit(all[i].resource, &limit);
    list_open(all[i].name);
    put_unsigned(NULL, limit.rlim_cur);
    put_unsigned(NULL, limit.rlim_max);
    list_close();
  }
  record_close();
}

static void ns(int argc, char **argv) {
  (void)argc, (void)argv;
  static const char *const kinds[] = {
      "cgroup", "ipc", "mnt", "net", "pid", "pid_for_children", "time", "time_for_children", "user", "uts",
  };
  record_open("ns");
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
    struct stat info;
    if (stat(path, &info) == 0) put_unsigned(kinds[i], info.st_ino);
  }
  record_close();
}

static void put_strings(const char *name, char **strings) {
  record_open(name);
  list_open(name);
  for (; *strings; strings++) put_text(NULL, *strings);
  list_close();
  record_close();
}

static void env(int argc, char **argv) {
  (void)argc, (void)argv;
  put_strings("env", environ);
}

static void args(int argc, char **argv) {
  (void)argc, (void)argv;
  record_open("args");
  list_open("args");
  // The chain's `--` before and after this command is a null pointer while it runs.
  for (int i = 0; i < whole_argc; i++) put_text(NULL, whole_argv[i] ? whole_argv[i] : "--");
  list_close();
  record_close();
}

static void host(int argc, char **argv) {
  (void)argc, (void)argv;
  struct utsname names;
  uname(&names);
  record_open("host");
  put_text("hostname", names.nodename);
  put_text("domainname", names.domainname);
  put_text("machine", names.machine);
  put_text("release", names.release);
  record_close();
}

static void clocks(int argc, char **argv) {
  (void)argc, (void)argv;
  struct timespec monotonic, boot;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  clock_gettime(CLOCK_BOOTTIME, &boot);
  record_open("clocks");
  put_number("monotonic", monotonic.tv_sec);
  put_number("boottime", boot.tv_sec);
  record_close();
}

static void net(int argc, char **argv) {
  (void)argc, (void)argv;
  struct if_nameindex *links = if_nameindex();
  record_open("net");
  list_open("links");
  for (struct if_nameindex *link = links; link && link->if_name; link++) put_text(NULL, link->if_name);
  list_close();
  record_close();
  if (links) if_freenameindex(links);
}

const struct command identity_commands[] = {
    {"status", "", "credentials, flags, session, scheduling, signal sets", 0, status},
    {"caps", "", "the five capability sets", 0, caps},
    {"limits", "", "every resource limit as [soft, hard]", 0, limits},
    {"ns", "", "inode number of each namespace", 0, ns},
    {"env", "", "the environment", 0, env},
    {"args", "", "this whole command line", 0, args},
    {"host", "", "host name, domain name, machine, release", 0, host},
    {"clocks", "", "seconds of the monotonic and boot clocks", 0, clocks},
    {"net", "", "names of the network interfaces", 0, net},
    {0},
};
