// Calls for verbs that look at the host or at a running container. Each returns -errno on failure.
#ifndef SWIFTAINER_SHIM_HOST_H
#define SWIFTAINER_SHIM_HOST_H

#include <spawn.h>
#include <stdint.h>

/// A counter that others add to; reading it, which never waits, yields and clears it. `eventfd(2)`.
int shim_event_counter(void);
/// What was added since the last call.
uint64_t shim_take_events(int counter);

/// A pipe, close-on-exec: the end to read from and the end to write to. `pipe2(2)`.
int shim_pipe(int ends[2]);

/// Has a child inherit no descriptor from a number on. `posix_spawn_file_actions_addclosefrom_np(3)`.
int shim_close_from(posix_spawn_file_actions_t *actions, int first);

/// This process's environment, NULL-ended. `environ(7)`.
char *const *shim_environment(void);

/// Reads and sets another process's limit, soft and hard; either pointer may be NULL. `prlimit(2)`.
int shim_prlimit(int pid, int resource, const uint64_t wanted[2], uint64_t found[2]);

/// Whether the running kernel takes these flags of a system call filter: 1 or 0; nothing is loaded. `seccomp(2)`.
int shim_seccomp_takes_flags(uint32_t flags);

#endif
