// Archives of a container's files: started for `cp` with `-` alone, since only this needs libarchive. Decides nothing.
#ifndef SWIFTAINER_TAR_H
#define SWIFTAINER_TAR_H

#include <stdint.h>

/// The folder that everything is in, opened by whoever starts this program.
enum { ROOT = 3 };

/// Ends with a line on standard error: what was attempted, on what, and why it failed.
_Noreturn void fail(const char *operation, const char *path, const char *reason);
/// The same with the kernel's reason.
_Noreturn void fail_errno(const char *operation, const char *path);

/// Opens below a folder. `resolve` as in `openat2(2)`.
int open_in(int folder, const char *path, uint64_t flags, uint64_t resolve);

/// Writes what a name in the folder stands for to standard output; its entries are called by another name.
void pack(const char *name, const char *called);
/// Reads an archive from standard input into a folder, given by its path in the root.
void unpack(const char *folder);

#endif
