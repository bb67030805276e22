#define _GNU_SOURCE
#include "shim_logs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int shim_watch(void) {
  int watch = epoll_create1(EPOLL_CLOEXEC);
  return watch < 0 ? -errno : watch;
}

int shim_watch_set(int watch, int descriptor, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = descriptor};
  if (epoll_ctl(watch, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
  return errno == ENOENT && epoll_ctl(watch, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : -errno;
}

int shim_watch_take(int watch, int *ready) {
  struct epoll_event event;
  int count;
  do count = epoll_wait(watch, &event, 1, 0);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return count < 0 ? -errno : 0;
  *ready = event.data.fd;
  return (int)event.events;
}

int shim_timer(void) {
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  return timer < 0 ? -errno : timer;
}

int shim_timer_set(int timer, uint64_t nanoseconds) {
  struct itimerspec when = {
      .it_value = {(time_t)(nanoseconds / 1000000000), (long)(nanoseconds % 1000000000)}};
  return timerfd_settime(timer, 0, &when, NULL) < 0 ? -errno : 0;
}

static int connect_to(const struct sockaddr *address, socklen_t length, _Bool stream) {
  int kind = (stream ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC;
  int descriptor = socket(address->sa_family, kind, 0);
  if (descriptor < 0) return -errno;
  if (connect(descriptor, address, length) == 0 || errno == EINPROGRESS) return descriptor;
  int failed = errno;
  close(descriptor);
  return -failed;
}

int shim_connect_path(const char *path, _Bool stream) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length >= sizeof address.sun_path) return -ENAMETOOLONG;
  memcpy(address.sun_path, path, length + 1);
  return connect_to((struct sockaddr *)&address, sizeof address, stream);
}

int shim_connect_address(const char *text, uint16_t port, _Bool stream) {
  struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) return connect_to((struct sockaddr *)&v4, sizeof v4, stream);
  if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1)
    return connect_to((struct sockaddr *)&v6, sizeof v6, stream);
  return -EINVAL;
}

int shim_take_socket_error(int socket) {
  int failed = 0;
  socklen_t length = sizeof failed;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &failed, &length) < 0) return -errno;
  return -failed;
}

ssize_t shim_send(int socket, const void *bytes, size_t count) {
  ssize_t sent;
  do sent = send(socket, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}
