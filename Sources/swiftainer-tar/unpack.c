#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/// Links of the container's lead to places in its root, whatever they say.
static const uint64_t in_root = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

/// A folder whose times are set when everything in it is there.
struct folder {
  char *path;
  struct timespec times[2];
};

static struct folder *folders;
static size_t folder_count, folder_room;
static struct archive *archive;

/// An entry's path in the root: below the target, without `.` and doubled slashes; `..` is refused.
static void place_of(const char *target, const char *name, char result[PATH_MAX]) {
  size_t length = (size_t)snprintf(result, PATH_MAX, "%s", strcmp(target, "/") ? target : "");
  for (const char *part = name; *part;) {
    size_t size = strcspn(part, "/");
    if (size == 2 && !strncmp(part, "..", 2)) fail("unpack", name, "its path leads out of the target");
    if (size > 0 && !(size == 1 && *part == '.')) {
      if (length + size + 2 > PATH_MAX) fail("unpack", name, "its path is too long");
      result[length++] = '/';
      memcpy(result + length, part, size);
      length += size;
      result[length] = 0;
    }
    part += size;
    part += strspn(part, "/");
  }
}

/// Opens the folder that a path is in, making what is missing; `name` is what is left.
static int parent_of(char *path, char **name) {
  char *slash = strrchr(path, '/');
  *name = slash + 1;
  *slash = 0;
  int parent = open_in(ROOT, *path ? path : "/", O_PATH | O_DIRECTORY, in_root);
  if (parent < 0 && errno == ENOENT && *path) {
    char above[PATH_MAX], *last;
    strcpy(above, path);
    int grandparent = parent_of(above, &last);
    if (mkdirat(grandparent, last, 0755) < 0 && errno != EEXIST) fail_errno("make folder", path);
    close(grandparent);
    parent = open_in(ROOT, path, O_PATH | O_DIRECTORY, in_root);
  }
  if (parent < 0) fail_errno("open", *path ? path : "/");
  *slash = '/';
  return parent;
}

static void remember(const char *path, const struct timespec times[2]) {
  if (folder_count == folder_room) {
    folder_room = folder_room ? 2 * folder_room : 64;
    folders = realloc(folders, folder_room * sizeof *folders);
    if (!folders) fail("unpack", path, "out of memory");
  }
  folders[folder_count++] = (struct folder){strdup(path), {times[0], times[1]}};
}

static void set_attributes(struct archive_entry *entry, int file, const char *path) {
  const char *name;
  const void *value;
  size_t size;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
    if (fsetxattr(file, name, value, size, 0) < 0 && errno != ENOTSUP) fail_errno("set extended attributes of", path);
}

/// Makes a file; where something is mounted on its name, that is written to.
static int make_file(int parent, const char *name, const char *path) {
  int file = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file >= 0 || errno != EEXIST) return file;
  int place = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat status;
  if (place < 0 || fstat(place, &status) < 0) fail_errno("open", path);
  if (!S_ISREG(status.st_mode)) fail("unpack", path, "something is mounted on it");
  char own[64];
  snprintf(own, sizeof own, "/proc/self/fd/%d", place);
  file = open(own, O_WRONLY | O_TRUNC | O_CLOEXEC);
  close(place);
  return file;
}

static void make_folder(int parent, const char *name, const char *path) {
  if (mkdirat(parent, name, 0700) == 0) return;
  struct stat status;
  if (errno != EEXIST) fail_errno("make folder", path);
  if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0) fail_errno("look at", path);
  if (!S_ISDIR(status.st_mode)) fail("unpack", path, "cannot overwrite non-directory with directory");
}

static void unpack_one(struct archive_entry *entry, const char *target) {
  char path[PATH_MAX], *name;
  place_of(target, archive_entry_pathname(entry), path);
  // The target itself, which stays as it is.
  if (!strcmp(path, target) || !*path) return;
  int parent = parent_of(path, &name);
  const mode_t kind = archive_entry_filetype(entry), mode = archive_entry_perm(entry);
  const uid_t uid = (uid_t)archive_entry_uid(entry);
  const gid_t gid = (gid_t)archive_entry_gid(entry);
  const struct timespec times[2] = {
      {archive_entry_atime_is_set(entry) ? archive_entry_atime(entry) : archive_entry_mtime(entry), 0},
      {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)}};
  const char *link = archive_entry_hardlink(entry);
  if (link || kind != S_IFDIR)
    if (unlinkat(parent, name, 0) < 0 && errno != ENOENT && errno != EBUSY) {
      if (errno == EISDIR) fail("unpack", path, "cannot overwrite directory with non-directory");
      fail_errno("replace", path);
    }
  if (link) {
    char other[PATH_MAX], *last;
    place_of(target, link, other);
    if (!*other) fail("unpack", path, "a link to a folder");
    int folder = parent_of(other, &last);
    if (linkat(folder, last, parent, name, 0) < 0) fail_errno("link", path);
    close(folder);
    close(parent);
    return;
  }
  int opened = -1;
  switch (kind) {
    case S_IFREG:
      opened = make_file(parent, name, path);
      if (opened < 0) fail_errno("make", path);
      if (archive_read_data_into_fd(archive, opened) != ARCHIVE_OK) fail("unpack", path, archive_error_string(archive));
      break;
    case S_IFDIR:
      make_folder(parent, name, path);
      opened = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (opened < 0) fail_errno("open", path);
      remember(path, times);
      break;
    case S_IFLNK:
      if (symlinkat(archive_entry_symlink(entry), parent, name) < 0) fail_errno("make link", path);
      break;
    case S_IFIFO:
    case S_IFCHR:
    case S_IFBLK:
      if (mknodat(parent, name, kind | 0600, archive_entry_rdev(entry)) < 0) fail_errno("make", path);
      break;
    default: fail("unpack", path, "an entry of unknown kind");
  }
  // A change of the owner takes away modes and capabilities: they follow. A change of anything moves the times.
  if (opened >= 0) {
    if (fchown(opened, uid, gid) < 0) fail_errno("change owner of", path);
    if (fchmod(opened, mode) < 0) fail_errno("change mode of", path);
    set_attributes(entry, opened, path);
    if (futimens(opened, times) < 0) fail_errno("change times of", path);
    close(opened);
  } else {
    if (fchownat(parent, name, uid, gid, AT_SYMLINK_NOFOLLOW) < 0) fail_errno("change owner of", path);
    if (kind != S_IFLNK) {
      int place = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
      struct stat status;
      // Through a link, the mode of something else would be changed.
      if (place < 0 || fstat(place, &status) < 0 || (status.st_mode & S_IFMT) != kind)
        fail("unpack", path, "it has changed meanwhile");
      char own[64];
      snprintf(own, sizeof own, "/proc/self/fd/%d", place);
      if (chmod(own, mode) < 0) fail_errno("change mode of", path);
      close(place);
    }
    if (utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0) fail_errno("change times of", path);
  }
  close(parent);
}

void unpack(const char *folder) {
  archive = archive_read_new();
  archive_read_support_format_tar(archive);
  archive_read_support_format_empty(archive);
  // Not "all": some of those start programs.
  archive_read_support_filter_gzip(archive);
  archive_read_support_filter_bzip2(archive);
  archive_read_support_filter_xz(archive);
  archive_read_support_filter_zstd(archive);
  archive_read_support_filter_lz4(archive);
  if (archive_read_open_fd(archive, STDIN_FILENO, 1 << 16) != ARCHIVE_OK)
    fail("read", "standard input", archive_error_string(archive));
  struct archive_entry *entry;
  int got;
  while ((got = archive_read_next_header(archive, &entry)) >= ARCHIVE_WARN && got != ARCHIVE_EOF) unpack_one(entry, folder);
  if (got != ARCHIVE_EOF) fail("read", "standard input", archive_error_string(archive));
  for (size_t i = folder_count; i-- > 0;) {
    int opened = open_in(ROOT, folders[i].path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, in_root);
    if (opened < 0) continue;
    futimens(opened, folders[i].times);
    close(opened);
  }
}
