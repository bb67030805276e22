// System calls that Swift's Glibc module cannot see, one line each. The prefix is `shim_`.
// Each returns what the kernel returned, or -errno: errno itself is never the channel, so that a call
// can be used from a child that shares the parent's memory.
#ifndef SWIFTAINER_SHIM_H
#define SWIFTAINER_SHIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The text of an error number, or NULL where there is none. `strerror_r(3)`.
const char *shim_error_text(int code, char *buffer, size_t size);

#endif
