// Mounts: made detached, by descriptor, and moved to a target that was found inside the root.
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init.h"
#include "overlay_page.h"
#include "status.h"

#define MNT_DETACH_ 2
#define HERE AT_FDCWD

OPERATION(propagation) { return (int)kcall(__NR_mount, 0, text(0), 0, number(0), 0); }

static long move_to(int tree, int target) {
  return kcall(__NR_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static long set_attributes(int tree, uint64_t set, uint64_t clear, uint64_t propagation, uint64_t user,
                           int flags) {
  struct mount_attr attributes = {set, clear, propagation, user};
  return kcall(__NR_mount_setattr, tree, "", AT_EMPTY_PATH | flags, &attributes, sizeof attributes);
}

OPERATION(open_root) {
  if (in.slot[PLAN_SLOT_TREE] < 0) {
    int opened = keep(PLAN_SLOT_TREE, kcall(__NR_open_tree, HERE, text(0),
                                            OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
    if (opened < 0) return opened;
  }
  // Not shared with anyone, where it is to be shared later: pivot_root would refuse it.
  if (number(0)) {
    long changed = set_attributes(in.slot[PLAN_SLOT_TREE], 0, 0, (uint64_t)number(0), 0, 0);
    if (changed < 0) return (int)changed;
  }
  // pivot_root wants a mount point: the root is mounted over itself.
  int tree = in.slot[PLAN_SLOT_TREE];
  long moved = kcall(__NR_move_mount, tree, "", HERE, text(0), MOVE_MOUNT_F_EMPTY_PATH);
  if (moved < 0) return (int)moved;
  in.slot[PLAN_SLOT_TREE] = -1;
  return keep(PLAN_SLOT_ROOT, tree);
}

OPERATION(open_current_root) {
  int opened = keep(PLAN_SLOT_ROOT, qcall(__NR_openat, HERE, "/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return opened < 0 ? opened : op_open_dev();
}

static long set_option(int context, const char *option) {
  char key[256];
  size_t length = 0;
  while (option[length] && option[length] != '=') length++;
  if (length >= sizeof key) return -ENAMETOOLONG;
  memcpy(key, option, length);
  key[length] = 0;
  if (!option[length]) return kcall(__NR_fsconfig, context, FSCONFIG_SET_FLAG, key, 0, 0);
  return kcall(__NR_fsconfig, context, FSCONFIG_SET_STRING, key, option + length + 1, 0);
}

static long configure(int context, int command) {
  long result = 0;
  if (text_length(1)) result = kcall(__NR_fsconfig, context, FSCONFIG_SET_STRING, "source", text(1), 0);
  const char *option = text(2), *end = option + text_length(2);
  for (; result >= 0 && option < end; option += strlen(option) + 1)
    if (*option) result = set_option(context, option);
  if (result >= 0) result = kcall(__NR_fsconfig, context, command, 0, 0, 0);
  // The kernel says in words what it disliked; read before the context is closed.
  if (result < 0) {
    long got = sys(__NR_read, context, in.message, sizeof in.message - 1);
    in.message[got > 0 ? got : 0] = 0;
  }
  return result;
}

// An overlay of many layers, where the kernel does not take them one by one: before 6.8 it takes any option, and refuses
// all of them in the end.
static long mount_page(void) {
  static struct overlay_page page;
  const char *options = text(2);
  if (overlay_page_make(&page, options, options + text_length(2))) return -E2BIG;
  long result = kcall(__NR_chdir, page.folder);
  if (result >= 0) result = kcall(__NR_mount, text(1), page.folder, text(0), 0, page.text);
  if (result < 0) return result;
  result = keep(PLAN_SLOT_TREE, kcall(__NR_open_tree, HERE, page.folder, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  kcall(__NR_umount2, page.folder, MNT_DETACH_);
  long left = kcall(__NR_chdir, "/");
  return result < 0 ? result : left;
}

OPERATION(new_filesystem) {
  long context = kcall(__NR_fsopen, text(0), FSOPEN_CLOEXEC);
  if (context < 0) return (int)context;
  long result = configure((int)context, FSCONFIG_CMD_CREATE);
  if (result == -EINVAL && overlay_after(text(2), OVERLAY_LAYER)) {
    sys(__NR_close, context);
    return (int)mount_page();
  }
  if (result >= 0)
    result = keep(PLAN_SLOT_TREE, kcall(__NR_fsmount, context, FSMOUNT_CLOEXEC, number(0)));
  sys(__NR_close, context);
  return (int)result;
}

OPERATION(open_tree) {
  return keep(PLAN_SLOT_TREE, kcall(__NR_open_tree, HERE, text(0), number(0) | OPEN_TREE_CLOEXEC));
}

OPERATION(adopt_tree) { return keep(PLAN_SLOT_TREE, number(0)); }

OPERATION(reconfigure) {
  long context = kcall(__NR_fspick, in.slot[PLAN_SLOT_TREE], "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
  if (context < 0) return (int)context;
  long result = configure((int)context, FSCONFIG_CMD_RECONFIGURE);
  sys(__NR_close, context);
  return (int)result;
}

OPERATION(set_attributes) {
  return (int)set_attributes(in.slot[PLAN_SLOT_TREE], (uint64_t)number(0), (uint64_t)number(1),
                             (uint64_t)number(2), (uint64_t)number(3), (int)number(4));
}

// A folder covers a folder, a file a file.
static int fits(int tree_is_folder, int target) {
  int target_is_folder = is_folder(target);
  if (target_is_folder < 0 || target_is_folder == tree_is_folder) return target_is_folder < 0 ? target_is_folder : 0;
  return tree_is_folder ? -ENOTDIR : -EISDIR;
}

static long take_mode(int tree, int target) {
  struct file_status status;
  long result = qcall(__NR_fstat, target, &status);
  if (result >= 0) result = kcall(__NR_fchmodat, tree, ".", status.mode & 07777);
  // Empty for ever, and read-only: its mode says nothing.
  return result == -EROFS ? 0 : result;
}

// Whatever links led here: nothing is mounted or changed inside proc but what the plan says is harmless.
static int may_touch(int target) {
  if (has_flag(PLAN_ATTACH_NO_LINKS) || has_flag(PLAN_ATTACH_IN_PROC)) return 0;
  int in_proc = file_system_is(target, PROC_SUPER_MAGIC);
  return in_proc ? -EXDEV : 0;
}

// -ENOENT where it is not the root of a mount.
static int is_mounted(int target) {
  struct statx status;
  long result = qcall(__NR_statx, target, "", AT_EMPTY_PATH, 0, &status);
  if (result < 0) return (int)result;
  return status.stx_attributes & STATX_ATTR_MOUNT_ROOT ? 0 : -ENOENT;
}

OPERATION(open_mount) {
  uint64_t resolve = has_flag(PLAN_ATTACH_NO_LINKS) ? RESOLVE_NO_SYMLINKS : 0;
  long target = open_in(in.slot[PLAN_SLOT_ROOT], text(0), O_PATH, RESOLVE_IN_ROOT | resolve);
  if (target < 0) return (int)target;
  int result = may_touch((int)target);
  if (result == 0) result = is_mounted((int)target);
  if (result == 0) return keep(PLAN_SLOT_TREE, target);
  sys(__NR_close, target);
  return result;
}

OPERATION(attach) {
  int tree = in.slot[PLAN_SLOT_TREE];
  int folder = is_folder(tree);
  if (folder < 0) return folder;
  int no_links = has_flag(PLAN_ATTACH_NO_LINKS);
  uint64_t resolve = no_links ? RESOLVE_NO_SYMLINKS : 0;
  long target = open_in(in.slot[PLAN_SLOT_ROOT], text(0), O_PATH, RESOLVE_IN_ROOT | resolve);
  int found = target >= 0;
  if (target == -ENOENT) target = open_or_make(text(0), !folder, (unsigned)number(0), resolve);
  if (target < 0) return (int)target;
  long result = may_touch((int)target);
  if (result == 0) result = fits(folder, (int)target);
  // The mode of a folder that was made right here is nobody's wish.
  if (result == 0 && found && has_flag(PLAN_ATTACH_KEEP_MODE)) result = take_mode(tree, (int)target);
  if (result == 0) result = move_to(tree, (int)target);
  sys(__NR_close, target);
  drop(PLAN_SLOT_TREE);
  return (int)result;
}

OPERATION(make_folder) {
  long folder = open_or_make(text(0), 0, (unsigned)number(0), 0);
  // A root that cannot be written to: whoever needs the folder says so.
  if (folder == -EROFS) return 0;
  if (folder < 0) return (int)folder;
  sys(__NR_close, folder);
  return 0;
}

static long hide_folder(int target) {
  int blank = in.slot[PLAN_SLOT_BLANK];
  if (blank >= 0) {
    // All hidden folders share one empty file system.
    long copy = kcall(__NR_open_tree, blank, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
    if (copy < 0) return copy;
    long result = move_to((int)copy, target);
    sys(__NR_close, copy);
    return result;
  }
  long context = kcall(__NR_fsopen, "tmpfs", FSOPEN_CLOEXEC);
  if (context < 0) return context;
  long result = kcall(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  if (result >= 0)
    result = keep(PLAN_SLOT_BLANK, kcall(__NR_fsmount, context, FSMOUNT_CLOEXEC,
                                         MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                             MOUNT_ATTR_NOEXEC));
  sys(__NR_close, context);
  return result < 0 ? result : move_to(in.slot[PLAN_SLOT_BLANK], target);
}

static long hide_file(int target) {
  // The very node that was checked is bound, never a path (CVE-2025-31133).
  if (in.slot[PLAN_SLOT_NULL] < 0) return -ENODEV;
  long copy = kcall(__NR_open_tree, in.slot[PLAN_SLOT_NULL], "",
                    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
  if (copy < 0) return copy;
  long result = move_to((int)copy, target);
  sys(__NR_close, copy);
  return result;
}

OPERATION(mask) {
  long target = open_in(in.slot[PLAN_SLOT_ROOT], text(0), O_PATH, RESOLVE_IN_ROOT);
  if (target == -ENOENT) return 0;  // nothing to hide; any other error would leave it visible
  if (target < 0) return (int)target;
  int folder = is_folder((int)target);
  long result = folder < 0 ? folder : folder ? hide_folder((int)target) : hide_file((int)target);
  sys(__NR_close, target);
  return (int)result;
}

OPERATION(read_only) {
  long target = open_in(in.slot[PLAN_SLOT_ROOT], text(0), O_PATH, RESOLVE_IN_ROOT);
  if (target == -ENOENT) return 0;
  if (target < 0) return (int)target;
  long copy = kcall(__NR_open_tree, target, "",
                    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
  long result = copy;
  if (copy >= 0) {
    result = set_attributes((int)copy, MOUNT_ATTR_RDONLY, 0, 0, 0, AT_RECURSIVE);
    if (result >= 0) result = move_to((int)copy, (int)target);
    sys(__NR_close, copy);
  }
  sys(__NR_close, target);
  return (int)result;
}

OPERATION(remount) {
  long target = open_in(in.slot[PLAN_SLOT_ROOT], text(0), O_PATH, RESOLVE_IN_ROOT);
  if (target < 0) return (int)target;
  long result = set_attributes((int)target, (uint64_t)number(0), 0, 0, 0, 0);
  sys(__NR_close, target);
  return (int)result;
}
