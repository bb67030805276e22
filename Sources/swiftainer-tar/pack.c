#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/// The first place of a file that has several names.
struct place {
  dev_t device;
  ino_t inode;
  char *path;
};

static struct place *places;
static size_t place_count, place_room;
static struct archive *archive;

/// Where a file was written already; NULL where this is its first name, which is remembered.
static const char *earlier(const struct stat *status, const char *path) {
  for (size_t i = 0; i < place_count; i++)
    if (places[i].inode == status->st_ino && places[i].device == status->st_dev) return places[i].path;
  if (place_count == place_room) {
    place_room = place_room ? 2 * place_room : 64;
    places = realloc(places, place_room * sizeof *places);
    if (!places) fail("pack", path, "out of memory");
  }
  places[place_count++] = (struct place){status->st_dev, status->st_ino, strdup(path)};
  return NULL;
}

static void add_attributes(struct archive_entry *entry, int file) {
  char names[1 << 12], value[1 << 16];
  ssize_t length = flistxattr(file, names, sizeof names);
  for (char *name = names; name < names + length; name += strlen(name) + 1) {
    // Those of the file system's own form say nothing elsewhere.
    if (!strncmp(name, "trusted.", 8) || !strncmp(name, "system.", 7) || !strcmp(name, "security.selinux")) continue;
    ssize_t size = fgetxattr(file, name, value, sizeof value);
    if (size >= 0) archive_entry_xattr_add_entry(entry, name, value, (size_t)size);
  }
}

static void write_header(struct archive_entry *entry) {
  // A warning is about a name that is not UTF-8: its bytes are kept.
  if (archive_write_header(archive, entry) < ARCHIVE_WARN)
    fail("pack", archive_entry_pathname(entry), archive_error_string(archive));
}

static void write_data(int file, const char *path, off_t size) {
  static char buffer[1 << 16];
  while (size > 0) {
    ssize_t got = read(file, buffer, size < (off_t)sizeof buffer ? (size_t)size : sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_errno("read", path);
    // It has become shorter meanwhile: the rest is filled with zeros.
    if (got == 0) return;
    if (archive_write_data(archive, buffer, (size_t)got) < 0) fail("pack", path, archive_error_string(archive));
    size -= got;
  }
}

static void pack_one(int folder, const char *name, const char *path, int depth);

static void pack_folder(int folder, const char *path, int depth) {
  if (depth > 400) fail("pack", path, "folders lie too deep in one another");
  int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = again < 0 ? NULL : fdopendir(again);
  if (!stream) fail_errno("read folder", path);
  for (struct dirent *entry; (entry = readdir(stream));) {
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    char *below = NULL;
    if (asprintf(&below, "%s/%s", path, entry->d_name) < 0) fail("pack", path, "out of memory");
    pack_one(folder, entry->d_name, below, depth + 1);
    free(below);
  }
  closedir(stream);
}

/// By descriptors, and never through a link: who runs in there may change what is there meanwhile.
static void pack_one(int folder, const char *name, const char *path, int depth) {
  int place = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (place < 0 && errno == ENOENT && depth > 0) return;
  struct stat status;
  if (place < 0 || fstat(place, &status) < 0) fail_errno("open", path);
  if (S_ISSOCK(status.st_mode)) {
    close(place);
    return;
  }
  struct archive_entry *entry = archive_entry_new();
  archive_entry_copy_stat(entry, &status);
  archive_entry_set_pathname(entry, path);
  int opened = -1;
  if (S_ISLNK(status.st_mode)) {
    char target[PATH_MAX + 1];
    ssize_t length = readlinkat(place, "", target, PATH_MAX);
    if (length < 0) fail_errno("read link", path);
    target[length] = 0;
    archive_entry_set_symlink(entry, target);
  } else if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
    char own[64];
    snprintf(own, sizeof own, "/proc/self/fd/%d", place);
    opened = open(own, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (S_ISDIR(status.st_mode) ? O_DIRECTORY : 0));
    if (opened < 0) fail_errno("open", path);
    add_attributes(entry, opened);
  }
  const char *first = !S_ISDIR(status.st_mode) && status.st_nlink > 1 ? earlier(&status, path) : NULL;
  if (first) {
    archive_entry_set_hardlink(entry, first);
    archive_entry_unset_size(entry);
  } else if (!S_ISREG(status.st_mode)) {
    archive_entry_set_size(entry, 0);
  }
  write_header(entry);
  if (S_ISREG(status.st_mode) && !first) write_data(opened, path, status.st_size);
  archive_entry_free(entry);
  close(place);
  if (S_ISDIR(status.st_mode)) pack_folder(opened, path, depth);
  if (opened >= 0) close(opened);
}

void pack(const char *name, const char *called) {
  archive = archive_write_new();
  archive_write_set_format_pax_restricted(archive);
  if (archive_write_open_fd(archive, STDOUT_FILENO) != ARCHIVE_OK)
    fail("write", "standard output", archive_error_string(archive));
  pack_one(ROOT, name, called, 0);
  if (archive_write_close(archive) != ARCHIVE_OK) fail("write", "standard output", archive_error_string(archive));
}
