#define _GNU_SOURCE
#include "shim_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

/// By hand, for file systems between which the kernel does not copy.
static int copy_bytes(int from, int to, off_t at, off_t end) {
  char buffer[1 << 16];
  while (at < end) {
    size_t wanted = end - at < (off_t)sizeof buffer ? (size_t)(end - at) : sizeof buffer;
    ssize_t got = pread(from, buffer, wanted, at);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    // It has become shorter meanwhile.
    if (got == 0) return 0;
    for (ssize_t done = 0; done < got;) {
      ssize_t written = pwrite(to, buffer + done, (size_t)(got - done), at + done);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return -errno;
      done += written;
    }
    at += got;
  }
  return 0;
}

static int copy_part(int from, int to, off_t at, off_t end) {
  while (at < end) {
    loff_t in = at, out = at;
    ssize_t copied = copy_file_range(from, &in, to, &out, (size_t)(end - at), 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && errno == ENOSPC) return -errno;
    // Some file systems say that nothing is there where they cannot do it.
    if (copied <= 0) return copy_bytes(from, to, at, end);
    at += copied;
  }
  return 0;
}

int shim_copy_data(int from, int to) {
  struct stat status;
  if (fstat(from, &status) < 0) return -errno;
  off_t end = status.st_size, at = 0;
  // The kernel's own files say that they are empty.
  if (end == 0) {
    char buffer[1 << 14];
    for (;;) {
      ssize_t got = read(from, buffer, sizeof buffer);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return got < 0 ? -errno : 0;
      for (ssize_t done = 0; done < got;) {
        ssize_t written = write(to, buffer + done, (size_t)(got - done));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -errno;
        done += written;
      }
    }
  }
  while (at < end) {
    off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;
    if (data < 0) data = at;
    off_t hole = lseek(from, data, SEEK_HOLE);
    if (hole < 0 || hole > end) hole = end;
    int failed = copy_part(from, to, data, hole);
    if (failed) return failed;
    at = hole;
  }
  return ftruncate(to, end) < 0 ? -errno : 0;
}

int shim_copy_attributes(const char *from, const char *to, bool follows) {
  ssize_t (*list)(const char *, char *, size_t) = follows ? listxattr : llistxattr;
  ssize_t (*get)(const char *, const char *, void *, size_t) = follows ? getxattr : lgetxattr;
  int (*set)(const char *, const char *, const void *, size_t, int) = follows ? setxattr : lsetxattr;
  // Most files have none.
  ssize_t length = list(from, NULL, 0);
  if (length <= 0) return length < 0 && errno != ENOTSUP && errno != ENOSYS ? -errno : 0;
  // The kernel's limits, XATTR_LIST_MAX and XATTR_SIZE_MAX.
  char *names = malloc(2 << 16), *value = names + (1 << 16);
  if (!names) return -ENOMEM;
  int failed = 0;
  length = list(from, names, 1 << 16);
  if (length < 0) failed = -errno;
  for (char *name = names; !failed && name < names + length; name += strlen(name) + 1) {
    if (!strncmp(name, "trusted.overlay.", 16) || !strcmp(name, "security.selinux")) continue;
    ssize_t size = get(from, name, value, 1 << 16);
    if (size < 0) {
      if (errno != ENODATA) failed = -errno;
    } else if (set(to, name, value, (size_t)size, 0) < 0 && errno != ENOTSUP) {
      failed = -errno;
    }
  }
  free(names);
  return failed;
}

bool shim_is_opaque(int folder) {
  char value = 0;
  return fgetxattr(folder, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

int shim_sync_filesystem(int descriptor) { return syncfs(descriptor) < 0 ? -errno : 0; }

int shim_attach_mount(int mount, int place) {
  return syscall(SYS_move_mount, mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno
                                                                                                            : 0;
}

int shim_unshare_mounts(void) {
  if (unshare(CLONE_NEWNS) < 0) return -errno;
  return mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ? -errno : 0;
}
