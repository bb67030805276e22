// tmpcopyup: what the image holds at the target of a tmpfs is copied into it before it covers the target.
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "init.h"
#include "status.h"

#define DEPTH_LIMIT 64

struct entry {
  uint64_t inode;
  int64_t next;
  uint16_t length;
  uint8_t type;
  char name[];
};

static long copy_folder(int from, int to, int depth);

static long copy_file(int from, int to, const char *name, const struct file_status *status) {
  long source = open_in(from, name, O_RDONLY | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (source < 0) return source;
  struct open_how how = {.flags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, .mode = 0600};
  long target = qcall(__NR_openat2, to, name, &how, sizeof how);
  long result = target;
  if (target >= 0) {
    do result = qcall(__NR_sendfile, target, source, 0, 1 << 30);
    while (result > 0 || result == -EINTR);
    if (result == 0) result = qcall(__NR_fchown, target, status->uid, status->gid);
    if (result == 0) result = qcall(__NR_fchmod, target, status->mode & 07777);
    sys(__NR_close, target);
  }
  sys(__NR_close, source);
  return result;
}

static long copy_link(int from, int to, const char *name, const struct file_status *status) {
  char target[4096];
  long got = qcall(__NR_readlinkat, from, name, target, sizeof target - 1);
  if (got < 0) return got;
  target[got] = 0;
  long result = qcall(__NR_symlinkat, target, to, name);
  return result < 0 ? result : qcall(__NR_fchownat, to, name, status->uid, status->gid, AT_SYMLINK_NOFOLLOW);
}

static long copy_subfolder(int from, int to, const char *name, const struct file_status *status, int depth) {
  long result = qcall(__NR_mkdirat, to, name, 0700);
  if (result < 0) return result;
  long source = open_in(from, name, O_RDONLY | O_DIRECTORY, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
  if (source < 0) return source;
  long target = qcall(__NR_openat, to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  result = target < 0 ? target : copy_folder((int)source, (int)target, depth + 1);
  if (result >= 0) result = qcall(__NR_fchown, target, status->uid, status->gid);
  if (result >= 0) result = qcall(__NR_fchmod, target, status->mode & 07777);
  if (target >= 0) sys(__NR_close, target);
  sys(__NR_close, source);
  return result;
}

static long copy_entry(int from, int to, const char *name, int depth) {
  struct file_status status;
  long handle = qcall(__NR_openat, from, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (handle < 0) return handle;
  long result = qcall(__NR_fstat, handle, &status);
  sys(__NR_close, handle);
  if (result < 0) return result;
  switch (status.mode & S_IFMT) {
    case S_IFDIR: return copy_subfolder(from, to, name, &status, depth);
    case S_IFREG: return copy_file(from, to, name, &status);
    case S_IFLNK: return copy_link(from, to, name, &status);
    default:
      result = qcall(__NR_mknodat, to, name, status.mode, status.node);
      if (result < 0) return result;
      return qcall(__NR_fchownat, to, name, status.uid, status.gid, AT_SYMLINK_NOFOLLOW);
  }
}

static long copy_folder(int from, int to, int depth) {
  if (depth > DEPTH_LIMIT) return -ELOOP;
  char buffer[4096] __attribute__((aligned(8)));
  for (;;) {
    long got = qcall(__NR_getdents64, from, buffer, sizeof buffer);
    if (got <= 0) return got;
    for (long at = 0; at < got;) {
      struct entry *entry = (struct entry *)(buffer + at);
      at += entry->length;
      if (text_equal(entry->name, ".") || text_equal(entry->name, "..")) continue;
      long result = copy_entry(from, to, entry->name, depth);
      if (result < 0) return result;
    }
  }
}

OPERATION(copy_up) {
  long source = open_in(in.slot[PLAN_SLOT_ROOT], text(0), O_RDONLY | O_DIRECTORY, RESOLVE_IN_ROOT);
  if (source == -ENOENT || source == -ENOTDIR) return 0;
  if (source < 0) return (int)source;
  // A detached mount is reached by an ordinary descriptor, which fsmount's O_PATH handle is not.
  long target = qcall(__NR_openat, in.slot[PLAN_SLOT_TREE], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct file_status status;
  long result = target < 0 ? target : copy_folder((int)source, (int)target, 0);
  if (result >= 0) result = qcall(__NR_fstat, source, &status);
  if (result >= 0) result = qcall(__NR_fchmod, target, status.mode & 07777);
  if (result >= 0) result = qcall(__NR_fchown, target, status.uid, status.gid);
  if (target >= 0) sys(__NR_close, target);
  sys(__NR_close, source);
  return (int)result;
}
