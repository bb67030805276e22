#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shim_supervise.h"

int shim_queue_make(void) {
  int queue = epoll_create1(EPOLL_CLOEXEC);
  return queue < 0 ? -errno : queue;
}

int shim_queue_watch(int queue, int descriptor, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = descriptor};
  if (epoll_ctl(queue, EPOLL_CTL_MOD, descriptor, &event) == 0) return 0;
  return epoll_ctl(queue, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int shim_queue_forget(int queue, int descriptor) {
  return epoll_ctl(queue, EPOLL_CTL_DEL, descriptor, 0) < 0 ? -errno : 0;
}

int shim_queue_wait(int queue, struct shim_event *found, int limit, int timeout) {
  enum { MOST = 32 };
  struct epoll_event events[MOST];
  int count = epoll_wait(queue, events, limit < MOST ? limit : MOST, timeout);
  if (count < 0) return -errno;
  for (int i = 0; i < count; i++)
    found[i] = (struct shim_event){.descriptor = events[i].data.fd, .events = events[i].events};
  return count;
}

int shim_accept(int socket) {
  int connection = accept4(socket, 0, 0, SOCK_CLOEXEC);
  return connection < 0 ? -errno : connection;
}

int shim_fork(void) {
  int child = fork();
  return child < 0 ? -errno : child;
}

void shim_give_back_memory(void) { malloc_trim(0); }
