// System calls that Swift's Glibc module cannot see. The prefix is `shim_`.
// Each returns what the kernel returned, or -errno: errno itself is never the channel.
#ifndef SWIFTAINER_SHIM_H
#define SWIFTAINER_SHIM_H

// The numbers of the system calls, which Glibc's module lacks as well.
#include <asm/unistd.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// The text of an error number, or NULL where there is none. `strerror_r(3)`.
const char *shim_error_text(int code, char *buffer, size_t size);

/// The commit this was built from; `unknown` where the build was not told.
const char *shim_build_commit(void);

/// How the init is started.
struct shim_launch {
  uint64_t namespaces;       // CLONE_NEW* flags
  int cgroup;                // O_PATH descriptor of the cgroup to start in, or -1
  int program;               // the sealed init
  int report;                // the init's end of the report socket
  uint32_t step;             // the step to name in a report of failure
  int first_unknown;         // descriptors from here on are closed, unless kept
  int waits;                 // whether to return only when the child has executed the init, or ended
  const int *kept;           // descriptors handed to the init
  size_t kept_count;
  char *const *arguments;
  char *const *environment;
};

/// Starts the init in new namespaces and a cgroup; returns its process ID. The child shares this process's
/// memory until its exec: `launch` must live, and this must not be called again, until the init's first report
/// or the end of its socket. `clone3(2)`, `execveat(2)`.
int shim_launch(const struct shim_launch *launch, int *pidfd);

/// Raises this process's own soft limit of open descriptors to the hard one. Whoever `shim_launch` starts from now on
/// has what it was. `prlimit(2)`.
void shim_raise_descriptors(void);
/// While it is on, this process has the limit that it had, for whoever the C library starts. Nothing where it was not
/// raised.
void shim_lower_descriptors(int on);
/// The limit, soft and hard, that whoever `shim_launch` starts gets back; false where this process has not raised its own.
_Bool shim_usual_descriptors(uint64_t limit[2]);

/// The magic number of the file system that holds a path. `statfs(2)`.
int64_t shim_filesystem_type(const char *path);
/// Whether a path is the root of a mount. `statx(2)`.
_Bool shim_is_mount_root(const char *path);
int shim_memfd_create(const char *name, unsigned flags);
int shim_pidfd_open(pid_t pid, unsigned flags);
int shim_pidfd_send_signal(int pidfd, int signal);
int shim_pidfd_getfd(int pidfd, int descriptor);
int shim_openat2(int folder, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int shim_setns(int descriptor, int kinds);
int shim_open_tree(int folder, const char *path, unsigned flags);
int shim_mount_setattr(int folder, const char *path, unsigned flags, uint64_t set, uint64_t clear,
                       uint64_t propagation, int user_namespace);
int shim_close_range(unsigned first, unsigned last, unsigned flags);
int shim_set_dumpable(int dumpable);
int shim_set_child_subreaper(int on);
int shim_set_parent_death_signal(int signal);
/// Bit `n` is set where capability `n` is in this thread's bounding set. `PR_CAPBSET_READ`.
uint64_t shim_bounding_set(void);
/// A child in new namespaces that only waits to be killed; for the namespaces' descriptors.
int shim_clone_waiting(uint64_t namespaces);
/// `ioctl(2)` with one number or pointer, which Swift cannot call.
int shim_ioctl(int descriptor, unsigned long request, void *argument);
/// A descriptor that yields every blocked signal, and never waits. `signalfd(2)`.
int shim_signal_descriptor(void);
/// The next signal of such a descriptor, 0 where none is pending.
int shim_next_signal(int descriptor);
/// Waits for a child by its pidfd and reaps it; `status` as `wait(2)` gives it.
int shim_wait(int pidfd, int *status, int flags);
/// One message with descriptors attached (SCM_RIGHTS). Returns bytes sent.
ssize_t shim_send_descriptors(int socket, const void *bytes, size_t count, const int *descriptors, size_t n);
/// Receives bytes, and at most one descriptor, which is -1 where none came.
ssize_t shim_receive(int socket, void *bytes, size_t count, int *descriptor);

#endif
