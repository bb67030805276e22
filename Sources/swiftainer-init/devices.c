// The container's /dev: opened once, inside the root; everything in it is reached from that handle.
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init.h"
#include "status.h"

#define PTMX_DEVICE 0x502u  // character 5:2
#define NULL_DEVICE 0x103u  // character 1:3

static int is_device(int descriptor, uint64_t device) {
  struct file_status status;
  long result = qcall(__NR_fstat, descriptor, &status);
  if (result < 0) return (int)result;
  return (status.mode & S_IFMT) == S_IFCHR && status.node == device;
}

OPERATION(open_dev) {
  // /dev may be a link in the image: inside the root that is harmless, outside it cannot lead.
  int opened = keep(PLAN_SLOT_DEV,
                    open_in(in.slot[PLAN_SLOT_ROOT], "/dev", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT));
  return opened == -ENOENT ? 0 : opened;
}

/// Called before the first path is masked: opens and checks the node that hides files.
static int open_null(void) {
  if (in.slot[PLAN_SLOT_DEV] < 0) return 0;
  long node = open_in(in.slot[PLAN_SLOT_DEV], "null", O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (node == -ENOENT) return 0;
  if (node < 0) return (int)node;
  int right = is_device((int)node, NULL_DEVICE);
  if (right <= 0) {
    sys(__NR_close, node);
    return right < 0 ? right : -ENODEV;
  }
  return keep(PLAN_SLOT_NULL, node);
}

OPERATION(open_null) { return open_null(); }

static int same_node(int folder, const char *name, unsigned mode, uint64_t device) {
  long node = open_in(folder, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (node < 0) return (int)node;
  struct file_status status;
  long result = qcall(__NR_fstat, node, &status);
  sys(__NR_close, node);
  if (result < 0) return (int)result;
  int fits = (status.mode & S_IFMT) == (mode & S_IFMT) && ((mode & S_IFMT) == S_IFIFO || status.node == device);
  return fits ? 0 : -EEXIST;
}

static long bind_host_node(int folder, const char *name) {
  long tree = kcall(__NR_open_tree, AT_FDCWD, text(1), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (tree < 0) return tree;
  long target = open_in(folder, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, RESOLVE_BENEATH);
  if (target == -EEXIST || target >= 0) {
    if (target >= 0) sys(__NR_close, target);
    target = open_in(folder, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  }
  long result = target;
  if (target >= 0) {
    result = kcall(__NR_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    sys(__NR_close, target);
  }
  sys(__NR_close, tree);
  return result;
}

// Splits text(0) into its folder, opened, and its last component.
static long open_folder_of(const char **name) {
  const char *path = text(0);
  if (has_flag(PLAN_NODE_IN_DEV) && in.slot[PLAN_SLOT_DEV] >= 0) {
    *name = path;
    return qcall(__NR_fcntl, in.slot[PLAN_SLOT_DEV], F_DUPFD_CLOEXEC, 3);
  }
  size_t end = strlen(path);
  while (end && path[end - 1] != '/') end--;
  char folder[4096];
  if (end >= sizeof folder) return -ENAMETOOLONG;
  memcpy(folder, path, end);
  folder[end] = 0;
  *name = path + end;
  return open_or_make(folder, 0, 0755, 0);
}

OPERATION(make_node) {
  unsigned mode = (unsigned)number(0);
  const char *name;
  long folder = open_folder_of(&name);
  if (folder < 0) return (int)folder;
  long result = has_flag(PLAN_NODE_BIND) ? bind_host_node((int)folder, name)
                                         : kcall(__NR_mknodat, folder, name, mode, number(1));
  if (result == -EEXIST) result = same_node((int)folder, name, mode, (uint64_t)number(1));
  else if (result >= 0 && !has_flag(PLAN_NODE_BIND) && (number(2) || number(3)))
    result = kcall(__NR_fchownat, folder, name, number(2), number(3), AT_SYMLINK_NOFOLLOW);
  sys(__NR_close, folder);
  return (int)result;
}

OPERATION(symlink) {
  if (in.slot[PLAN_SLOT_DEV] < 0) return 0;
  long result = kcall(__NR_symlinkat, text(0), in.slot[PLAN_SLOT_DEV], text(1));
  return result == -EEXIST ? 0 : (int)result;
}

static long open_ptmx(void) {
  if (in.slot[PLAN_SLOT_DEV] < 0) return -ENODEV;
  // Checked twice over: right device number, and on a devpts (CVE-2025-52565).
  long ptmx = open_in(in.slot[PLAN_SLOT_DEV], "pts/ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW,
                      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (ptmx < 0) return ptmx;
  int right = is_device((int)ptmx, PTMX_DEVICE);
  if (right > 0) right = file_system_is((int)ptmx, DEVPTS_SUPER_MAGIC);
  if (right > 0) return ptmx;
  sys(__NR_close, ptmx);
  return right < 0 ? right : -ENODEV;
}

static long bind_console(int peer) {
  int dev = in.slot[PLAN_SLOT_DEV];
  long made = open_in(dev, "console", O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW, RESOLVE_BENEATH);
  if (made >= 0) sys(__NR_close, made);
  else if (made != -EEXIST) return made;
  long target = open_in(dev, "console", O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (target < 0) return target;
  long tree = kcall(__NR_open_tree, peer, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  long result = tree;
  if (tree >= 0) {
    result = kcall(__NR_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
    sys(__NR_close, tree);
  }
  sys(__NR_close, target);
  return result;
}

OPERATION(console) {
  enum { SET_LOCK = 0x40045431, GET_PEER = 0x5441, SET_SIZE = 0x5414 };
  long ptmx = open_ptmx();
  if (ptmx < 0) return (int)ptmx;
  int unlocked = 0;
  long result = kcall(__NR_ioctl, ptmx, SET_LOCK, &unlocked);
  if (result >= 0) result = kcall(__NR_ioctl, ptmx, GET_PEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (result >= 0) {
    keep(PLAN_SLOT_TTY, result);
    int peer = in.slot[PLAN_SLOT_TTY];
    unsigned short size[4] = {(unsigned short)number(0), (unsigned short)number(1), 0, 0};
    result = number(0) || number(1) ? kcall(__NR_ioctl, ptmx, SET_SIZE, size) : 0;
    if (result >= 0 && number(2)) result = kcall(__NR_fchown, peer, number(2), -1);
    if (result >= 0 && has_flag(PLAN_CONSOLE_BIND)) result = bind_console(peer);
  }
  if (result >= 0) report(PLAN_REPORT_CONSOLE, 0, (int)ptmx);
  sys(__NR_close, ptmx);
  return (int)result;
}

OPERATION(use_console) {
  enum { SET_CONTROLLING = 0x540e };
  int peer = in.slot[PLAN_SLOT_TTY];
  long result = kcall(__NR_ioctl, peer, SET_CONTROLLING, 0);
  for (int i = 0; result >= 0 && i < 3; i++) result = kcall(__NR_dup3, peer, i, 0);
  drop(PLAN_SLOT_TTY);
  return result < 0 ? (int)result : 0;
}
