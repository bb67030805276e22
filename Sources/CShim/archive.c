#define _GNU_SOURCE
#include "shim_archive.h"

#include <errno.h>
#include <locale.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

int shim_take_files_as_given(void) {
  if (unshare(CLONE_FS) < 0) return -errno;
  umask(0);
  locale_t plain = newlocale(LC_ALL_MASK, "C", NULL);
  if (!plain) return -ENOMEM;
  uselocale(plain);
  return 0;
}

int shim_set_attribute(int file, const char *name, const void *value, size_t size) {
  return fsetxattr(file, name, value, size, 0) < 0 ? -errno : 0;
}

ssize_t shim_get_attribute(int file, const char *name, void *value, size_t size) {
  ssize_t got = fgetxattr(file, name, value, size);
  return got < 0 ? -errno : got;
}

ssize_t shim_list_attributes(int file, char *names, size_t size) {
  ssize_t got = flistxattr(file, names, size);
  return got < 0 ? -errno : got;
}

int shim_set_attribute_at(const char *path, const char *name, const void *value, size_t size) {
  return lsetxattr(path, name, value, size, 0) < 0 ? -errno : 0;
}

ssize_t shim_get_attribute_at(const char *path, const char *name, void *value, size_t size) {
  ssize_t got = lgetxattr(path, name, value, size);
  return got < 0 ? -errno : got;
}

ssize_t shim_list_attributes_at(const char *path, char *names, size_t size) {
  ssize_t got = llistxattr(path, names, size);
  return got < 0 ? -errno : got;
}

dev_t shim_device(uint32_t major, uint32_t minor) { return makedev(major, minor); }
uint32_t shim_device_major(dev_t device) { return major(device); }
uint32_t shim_device_minor(dev_t device) { return minor(device); }
