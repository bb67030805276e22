// Calls for unpacking archives. Each returns -errno on failure.
#ifndef SWIFTAINER_SHIM_ARCHIVE_H
#define SWIFTAINER_SHIM_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// This thread alone makes files with just the modes it gives, and takes names as bytes, whatever the umask and
/// the locale of the process are. `unshare(2)` with CLONE_FS, `umask(2)`, `uselocale(3)`.
int shim_take_files_as_given(void);

/// Extended attributes of what is open. `fsetxattr(2)`, `fgetxattr(2)`, `flistxattr(2)`.
int shim_set_attribute(int file, const char *name, const void *value, size_t size);
ssize_t shim_get_attribute(int file, const char *name, void *value, size_t size);
ssize_t shim_list_attributes(int file, char *names, size_t size);

/// The same of what a path stands for; a link stands for itself. `lsetxattr(2)`, `lgetxattr(2)`, `llistxattr(2)`.
int shim_set_attribute_at(const char *path, const char *name, const void *value, size_t size);
ssize_t shim_get_attribute_at(const char *path, const char *name, void *value, size_t size);
ssize_t shim_list_attributes_at(const char *path, char *names, size_t size);

/// `makedev(3)` and its reverses.
dev_t shim_device(uint32_t major, uint32_t minor);
uint32_t shim_device_major(dev_t device);
uint32_t shim_device_minor(dev_t device);

#endif
