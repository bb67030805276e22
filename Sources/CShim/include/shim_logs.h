// Calls of the container logs that leave by a socket. Each returns -errno on failure; none of them waits.
#ifndef SWIFTAINER_SHIM_LOGS_H
#define SWIFTAINER_SHIM_LOGS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// One descriptor that is readable while one of others is ready. `epoll_create1(2)`.
int shim_watch(void);
/// Asks for other events of a descriptor, which is added where it is new. `epoll_ctl(2)`.
int shim_watch_set(int watch, int descriptor, uint32_t events);
/// The events of one descriptor that is ready, 0 where none is; `ready` is which. `epoll_wait(2)`.
int shim_watch_take(int watch, int *ready);
/// A monotonic timer, readable when it has expired. `timerfd_create(2)`.
int shim_timer(void);
/// Lets it expire once, so many nanoseconds from now; 0 stops it. `timerfd_settime(2)`.
int shim_timer_set(int timer, uint64_t nanoseconds);

/// A socket that is connected, or on its way, to a socket in the file system: a stream's, or one of datagrams.
int shim_connect_path(const char *path, _Bool stream);
/// The same to an address of IPv4 or IPv6 in numbers: TCP, or UDP. -EINVAL where the text is none.
int shim_connect_address(const char *address, uint16_t port, _Bool stream);
/// What became of a socket that was on its way; clears the socket's error. `SO_ERROR`.
int shim_take_socket_error(int socket);
/// Sends bytes; no signal where the other side is gone. `send(2)`.
ssize_t shim_send(int socket, const void *bytes, size_t count);

#endif
