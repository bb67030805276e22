#define _GNU_SOURCE
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

static int checked(long result) { return result < 0 ? -errno : (int)result; }

const char *shim_error_text(int code, char *buffer, size_t size) { return strerror_r(code, buffer, size); }

int64_t shim_filesystem_type(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 ? (int64_t)status.f_type : -errno;
}

_Bool shim_is_mount_root(const char *path) {
  struct statx status;
  return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, 0, &status) == 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int shim_memfd_create(const char *name, unsigned flags) { return checked(syscall(SYS_memfd_create, name, flags)); }
int shim_pidfd_open(pid_t pid, unsigned flags) { return checked(syscall(SYS_pidfd_open, pid, flags)); }
int shim_pidfd_send_signal(int pidfd, int signal) {
  return checked(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}
int shim_pidfd_getfd(int pidfd, int descriptor) { return checked(syscall(SYS_pidfd_getfd, pidfd, descriptor, 0)); }

int shim_openat2(int folder, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  struct open_how how = {.flags = flags, .mode = mode, .resolve = resolve};
  return checked(syscall(SYS_openat2, folder, path, &how, sizeof how));
}

int shim_setns(int descriptor, int kinds) { return checked(syscall(SYS_setns, descriptor, kinds)); }

int shim_open_tree(int folder, const char *path, unsigned flags) {
  return checked(syscall(SYS_open_tree, folder, path, flags));
}

int shim_mount_setattr(int folder, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                       uint64_t propagation, int user_namespace) {
  struct mount_attr attributes = {set, clear, propagation, (uint64_t)(user_namespace < 0 ? 0 : user_namespace)};
  return checked(syscall(SYS_mount_setattr, folder, path, flags, &attributes, sizeof attributes));
}

int shim_close_range(unsigned first, unsigned last, unsigned flags) {
  return checked(syscall(SYS_close_range, first, last, flags));
}

int shim_set_dumpable(int dumpable) { return checked(prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0)); }
int shim_set_child_subreaper(int on) { return checked(prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0)); }
int shim_set_parent_death_signal(int signal) { return checked(prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)); }

uint64_t shim_bounding_set(void) {
  uint64_t set = 0;
  for (int capability = 0; capability < 64; capability++) {
    int held = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) break;
    if (held) set |= 1ull << capability;
  }
  return set;
}

int shim_clone_waiting(uint64_t namespaces) {
  struct clone_args arguments = {.flags = namespaces, .exit_signal = SIGCHLD};
  long child = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (child == 0)
    for (;;) pause();
  return checked(child);
}

int shim_ioctl(int descriptor, unsigned long request, void *argument) {
  return checked(ioctl(descriptor, request, argument));
}

int shim_signal_descriptor(void) {
  sigset_t all;
  sigfillset(&all);
  return checked(signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
}

int shim_next_signal(int descriptor) {
  struct signalfd_siginfo info;
  return read(descriptor, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

int shim_wait(int pidfd, int *status, int flags) {
  siginfo_t info = {0};
  int result;
  do result = waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED | flags);
  while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  if (info.si_pid == 0) return 0;
  *status = info.si_code == CLD_EXITED ? (info.si_status & 0xff) << 8 : info.si_status & 0x7f;
  return info.si_pid;
}

ssize_t shim_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t n) {
  char control[CMSG_SPACE(16 * sizeof(int))] = {0};
  struct iovec part = {(void *)bytes, count};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
  if (n > 16) return -EINVAL;
  if (n) {
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(n * sizeof(int));
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(n * sizeof(int));
    memcpy(CMSG_DATA(header), descriptors, n * sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

ssize_t shim_receive(int socket, void *bytes, size_t count, int *descriptor) {
  char control[CMSG_SPACE(sizeof(int))];
  struct iovec part = {bytes, count};
  struct msghdr message = {
      .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t got;
  *descriptor = -1;
  do got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0) return -errno;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
      header->cmsg_len == CMSG_LEN(sizeof(int)))
    memcpy(descriptor, CMSG_DATA(header), sizeof(int));
  return got;
}
