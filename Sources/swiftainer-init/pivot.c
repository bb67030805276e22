// The container's root becomes the root, and the host's goes away.
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/magic.h>
#include <linux/mman.h>
#include <linux/stat.h>

#include "init.h"

#define MS_HARMLESS_ 0xf  // read-only, no set-uid, no devices, no programs
#define MS_MOVE_ 8192
#define MS_REC_ 16384
#define MS_SLAVE_ (1 << 19)
#define MNT_DETACH_ 2
#define MOUNTS_LIMIT (32 << 20)  // bytes; what is not read takes no memory

// The mount point in a line of mountinfo, with blanks and the like written as \ooo. Source: proc_pid_mountinfo(5).
static const char *mount_point(char *line) {
  for (int blanks = 0; *line && blanks < 4; line++) blanks += *line == ' ';
  char *to = line;
  for (const char *from = line; *from && *from != ' '; from++) {
    if (*from == '\\' && from[1] && from[2] && from[3]) {
      *to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
      from += 3;
    } else *to++ = *from;
  }
  *to = 0;
  return line;
}

// In a user namespace, mounts that came from outside stay: of these, what must not lie open is covered.
static long take_away(const char *point, int handle) {
  long result = kcall(__NR_umount2, point, MNT_DETACH_);
  if (result >= 0) return result;
  int covers = file_system_is(handle, PROC_SUPER_MAGIC) > 0 || file_system_is(handle, SYSFS_MAGIC) > 0;
  return covers ? kcall(__NR_mount, "tmpfs", point, "tmpfs", MS_HARMLESS_, 0) : 0;
}

// Whether it is the mount that a line begins with the number of, and not one of the new root's, or a cover of ours.
static int is_mount(int handle, const char *line) {
  struct statx status;
  if (qcall(__NR_statx, handle, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0) return 0;
  uint64_t number = 0;
  for (; *line >= '0' && *line <= '9'; line++) number = number * 10 + (uint64_t)(*line - '0');
  return status.stx_mnt_id == number;
}

// The last one first: none is covered by another then, and none is gone with the one that it stands on.
static long take_away_all(char *lines, size_t length) {
  long result = 0;
  while (length && result >= 0) {
    size_t start = length - 1;
    lines[start] = 0;
    while (start && lines[start - 1] != '\n') start--;
    const char *point = mount_point(lines + start);
    length = start;
    if (text_equal(point, "/")) continue;
    long handle = qcall(__NR_openat, AT_FDCWD, point, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (handle < 0) continue;
    if (is_mount((int)handle, lines + start)) result = take_away(point, (int)handle);
    sys(__NR_close, handle);
  }
  return result;
}

// Without pivot_root the old root stays below the new one. Nobody gets at it, yet the kernel lets a user namespace
// mount a proc or sysfs with nothing masked wherever another one lies open in the same mount namespace.
static long clear_old_root(void) {
  long file = qcall(__NR_openat, AT_FDCWD, "/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
  if (file < 0) return file;
  long memory = sys(__NR_mmap, 0, MOUNTS_LIMIT, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  long result = memory < 0 && memory > -4096 ? memory : 0;
  size_t length = 0;
  while (result >= 0) {
    result = qcall(__NR_read, file, memory + (long)length, MOUNTS_LIMIT - length);
    if (result == 0) break;
    if (result > 0) length += (size_t)result;
    if (length == MOUNTS_LIMIT) result = -E2BIG;
  }
  sys(__NR_close, file);
  if (result >= 0) result = take_away_all((char *)memory, length);
  if (memory > 0 || memory < -4096) sys(__NR_munmap, memory, MOUNTS_LIMIT);
  return result;
}

OPERATION(pivot_root) {
  long result, old = -1;
  if (has_flag(PLAN_PIVOT_MAKE_SLAVE)) {
    old = qcall(__NR_openat, AT_FDCWD, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (old < 0) return (int)old;
  }
  result = kcall(__NR_fchdir, in.slot[PLAN_SLOT_ROOT]);
  if (result >= 0 && has_flag(PLAN_PIVOT_NONE)) {
    result = kcall(__NR_mount, ".", "/", 0, MS_MOVE_, 0);
    // Only now, since the root may have stood on one of these mounts; and by paths that still mean the old root's.
    if (result >= 0) result = clear_old_root();
    if (result >= 0) result = kcall(__NR_chroot, ".");
  } else if (result >= 0) {
    // New and old root on one place: no folder has to be made in the container for the old one.
    result = kcall(__NR_pivot_root, ".", ".");
    if (result >= 0 && old >= 0) result = kcall(__NR_fchdir, old);
    if (result >= 0 && old >= 0) result = kcall(__NR_mount, 0, ".", 0, MS_SLAVE_ | MS_REC_, 0);
    if (result >= 0) result = kcall(__NR_umount2, ".", MNT_DETACH_);
  }
  if (result >= 0) result = kcall(__NR_chdir, "/");
  if (old >= 0) sys(__NR_close, old);
  return (int)result;
}
