// Calls of who stays with a container and waits for many things at once. Each returns -errno on failure.
#ifndef SWIFTAINER_SHIM_SUPERVISE_H
#define SWIFTAINER_SHIM_SUPERVISE_H

#include <stdint.h>

/// What has happened to a descriptor: the bits of `EPOLL_EVENTS`.
struct shim_event {
  int descriptor;
  uint32_t events;
};

/// A queue of events, close-on-exec. `epoll_create1(2)`.
int shim_queue_make(void);
/// Watches a descriptor for events, or changes for which. `epoll_ctl(2)`.
int shim_queue_watch(int queue, int descriptor, uint32_t events);
/// Watches it no more.
int shim_queue_forget(int queue, int descriptor);
/// Waits for events, at most so many milliseconds, -1 for ever; the number of those found. `epoll_wait(2)`.
int shim_queue_wait(int queue, struct shim_event *found, int limit, int timeout);
/// The next connection, close-on-exec. `accept4(2)`.
int shim_accept(int socket);
/// A copy of this process, which must have one thread: 0 in the copy, the copy's number here. `fork(2)`.
int shim_fork(void);
/// Gives free memory of the heap back to the machine. `malloc_trim(3)`.
void shim_give_back_memory(void);

#endif
