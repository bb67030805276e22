// Calls for copying files by descriptors, and for file systems that are mounted for one process only. Each returns
// -errno on failure.
#ifndef SWIFTAINER_SHIM_TREE_H
#define SWIFTAINER_SHIM_TREE_H

#include <stdbool.h>
#include <stddef.h>

/// Copies a regular file's bytes from its start, with its holes. `copy_file_range(2)`, `lseek(2)`.
int shim_copy_data(int from, int to);
/// Copies the extended attributes, but for those of overlays and of SELinux; what the other file system cannot hold
/// is left out. `follows`: of what links lead to. `listxattr(2)`.
int shim_copy_attributes(const char *from, const char *to, bool follows);
/// Whether a folder of an overlay's upper layer hides what is below it. `getxattr(2)`.
bool shim_is_opaque(int folder);
/// Writes to the disk all that a descriptor's file system holds back. `syncfs(2)`.
int shim_sync_filesystem(int descriptor);

/// An overlay that is mounted nowhere, from options that each end with a NUL: `lowerdir+=` for each of several layers
/// first. `fsopen(2)`, `fsconfig(2)`, `fsmount(2)`; `mount(2)` on kernels that do not know that option.
int shim_make_overlay(const char *options, size_t length);
/// Puts a detached mount onto a folder or file; both are descriptors. `move_mount(2)`.
int shim_attach_mount(int mount, int place);
/// Gives this process mounts of its own; what it mounts from now on is seen by nobody else. `unshare(2)`.
int shim_unshare_mounts(void);

#endif
