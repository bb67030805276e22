// Calls that only control groups need. Each returns -errno on failure.
#ifndef SWIFTAINER_SHIM_CGROUP_H
#define SWIFTAINER_SHIM_CGROUP_H

#include <sys/types.h>

/// Whether a path is on a cgroup v2 file system: 1 or 0. `statfs(2)`.
int shim_is_cgroup2(const char *path);

/// Waits until a process, which need not be a child, has ended: 1 when it has or there is none, 0 when the time
/// is over. `pidfd_open(2)` and `poll(2)`.
int shim_wait_for_end(pid_t pid, int milliseconds);

#endif
