// Calls of who hands on between sockets what it does not read. Each returns -errno on failure.
#ifndef SWIFTAINER_SHIM_RELAY_H
#define SWIFTAINER_SHIM_RELAY_H

#include <stddef.h>
#include <sys/types.h>

/// Moves bytes between a pipe and something else, without waiting and without a copy; how many, 0 at the end.
/// `splice(2)`.
ssize_t shim_splice(int from, int to, size_t count);

#endif
