// Overlays that are mounted nowhere.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "overlay_page.h"
#include "shim_tree.h"

static int set_option(int context, const char *option) {
  char name[32];
  const char *value = strchr(option, '=');
  size_t length = value ? (size_t)(value - option) : sizeof name;
  if (length >= sizeof name) return -EINVAL;
  memcpy(name, option, length);
  name[length] = 0;
  return syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, name, value + 1, 0) < 0 ? -errno : 0;
}

static int configured(int context, const char *options, const char *end) {
  if (syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", "overlay", 0) < 0) return -errno;
  for (const char *option = options; option < end; option = overlay_next(option)) {
    int result = set_option(context, option);
    if (result) return result;
  }
  if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0) return -errno;
  int made = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, 0);
  return made < 0 ? -errno : made;
}

// In a process of its own: the working folder and the mount namespace are this function's to change.
static int mounted(const struct overlay_page *page) {
  if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || chdir(page->folder) < 0 ||
      mount("overlay", page->folder, "overlay", 0, page->text) < 0)
    return -errno;
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, page->folder, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  return tree < 0 ? -errno : tree;
}

static void pass(int socket, int descriptor) {
  struct iovec data = {&descriptor, sizeof descriptor};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
  } control = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1};
  if (descriptor >= 0) {
    message.msg_control = &control;
    message.msg_controllen = sizeof control;
    control.head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int))};
    memcpy(CMSG_DATA(&control.head), &descriptor, sizeof descriptor);
  }
  sendmsg(socket, &message, MSG_NOSIGNAL);
}

static int received(int socket) {
  int result = -EPIPE;
  struct iovec data = {&result, sizeof result};
  union {
    char bytes[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
  } control = {0};
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t length;
  do length = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
  while (length < 0 && errno == EINTR);
  if (length != sizeof result) return -EPIPE;
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  if (head && head->cmsg_type == SCM_RIGHTS) memcpy(&result, CMSG_DATA(head), sizeof result);
  return result;
}

static int by_page(const char *options, const char *end) {
  struct overlay_page page;
  if (overlay_page_make(&page, options, end)) return -E2BIG;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) return -errno;
  pid_t child = fork();
  if (child == 0) {
    pass(pair[1], mounted(&page));
    _exit(0);
  }
  int result = child < 0 ? -errno : 0;
  close(pair[1]);
  if (!result) result = received(pair[0]);
  close(pair[0]);
  if (child > 0)
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) continue;
  return result;
}

int shim_make_overlay(const char *options, size_t length) {
  int context = (int)syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC);
  if (context < 0) return -errno;
  int result = configured(context, options, options + length);
  close(context);
  // A kernel before 6.8 takes any option, and refuses all of them in the end.
  return result == -EINVAL && overlay_after(options, OVERLAY_LAYER) ? by_page(options, options + length) : result;
}
