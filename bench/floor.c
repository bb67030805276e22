// The floor: what no runtime can leave out, and nothing else: floor ROOTFS CGROUP PROGRAM
//
// A cgroup on v2, a process in six new namespaces born into it, the standard mounts, six devices and the links,
// pivot_root, the host name, the exec, the wait, the removal of the cgroup. No configuration, no state, no checks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST(call) \
  do {             \
    if ((call) < 0) fail(#call); \
  } while (0)

__attribute__((noreturn)) static void fail(const char *call) {
  dprintf(STDERR_FILENO, "floor: %s: %s\n", call, strerror(errno));
  _exit(1);
}

static void make_mounts(const char *rootfs) {
  const unsigned long inert = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  MUST(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL));
  MUST(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL));
  MUST(chdir(rootfs));
  MUST(mount("proc", "proc", "proc", inert, NULL));
  MUST(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"));
  MUST(mkdir("dev/pts", 0755));
  MUST(mkdir("dev/shm", 0755));
  MUST(mkdir("dev/mqueue", 0755));
  MUST(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"));
  MUST(mount("shm", "dev/shm", "tmpfs", inert, "mode=1777,size=65536k"));
  MUST(mount("mqueue", "dev/mqueue", "mqueue", inert, NULL));
  MUST(mount("sysfs", "sys", "sysfs", inert | MS_RDONLY, NULL));
}

static void make_devices(void) {
  static const struct {
    const char *path;
    unsigned major, minor;
  } nodes[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
               {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; i++)
    MUST(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
  MUST(symlink("/proc/self/fd", "dev/fd"));
  MUST(symlink("/proc/self/fd/0", "dev/stdin"));
  MUST(symlink("/proc/self/fd/1", "dev/stdout"));
  MUST(symlink("/proc/self/fd/2", "dev/stderr"));
  MUST(symlink("pts/ptmx", "dev/ptmx"));
}

int main(int count, char **words) {
  if (count != 4) {
    dprintf(STDERR_FILENO, "usage: floor ROOTFS CGROUP PROGRAM\n");
    return 1;
  }
  MUST(mkdir(words[2], 0755));
  int cgroup = open(words[2], O_PATH | O_DIRECTORY | O_CLOEXEC);
  MUST(cgroup);
  int pidfd = -1;
  struct clone_args arguments = {
      .flags = CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_PIDFD |
               CLONE_INTO_CGROUP,
      .cgroup = (uint64_t)cgroup,
      .pidfd = (uint64_t)(uintptr_t)&pidfd,
      .exit_signal = SIGCHLD,
  };
  long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  MUST(child);
  if (child == 0) {
    make_mounts(words[1]);
    make_devices();
    MUST(syscall(SYS_pivot_root, ".", "."));
    MUST(umount2(".", MNT_DETACH));
    MUST(chdir("/"));
    MUST(sethostname("floor", 5));
    char *arguments[] = {words[3], NULL}, *environment[] = {NULL};
    execve(words[3], arguments, environment);
    fail(words[3]);
  }
  int status;
  MUST(waitpid((pid_t)child, &status, 0));
  MUST(rmdir(words[2]));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
