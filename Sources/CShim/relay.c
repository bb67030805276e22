#define _GNU_SOURCE
#include "shim_relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

ssize_t shim_splice(int from, int to, size_t count) {
  ssize_t moved = splice(from, 0, to, 0, count, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  return moved < 0 ? -errno : moved;
}

int shim_tell_datagram_ends(int socket) {
  int on = 1;
  return setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on) < 0 ? -errno : 0;
}

union control {
  struct cmsghdr header;
  char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

ssize_t shim_receive_datagram(int socket, void *bytes, size_t size, struct shim_datagram *ends) {
  struct sockaddr_in6 peer = {0};
  union control control;
  struct iovec part = {bytes, size};
  struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &part, .msg_iovlen = 1,
                           .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t got = recvmsg(socket, &message, MSG_DONTWAIT);
  if (got < 0) return -errno;
  memset(ends, 0, sizeof *ends);
  memcpy(ends->peer, &peer.sin6_addr, sizeof ends->peer);
  ends->port = peer.sin6_port;
  for (struct cmsghdr *found = CMSG_FIRSTHDR(&message); found; found = CMSG_NXTHDR(&message, found)) {
    if (found->cmsg_level != IPPROTO_IPV6 || found->cmsg_type != IPV6_PKTINFO) continue;
    struct in6_pktinfo info;
    memcpy(&info, CMSG_DATA(found), sizeof info);
    memcpy(ends->own, &info.ipi6_addr, sizeof ends->own);
    ends->incoming = info.ipi6_ifindex;
    // Only addresses of a link need to know which one; the others may be answered by another way.
    if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr)) ends->device = info.ipi6_ifindex;
  }
  return got;
}

ssize_t shim_answer_datagram(int socket, const void *bytes, size_t size, const struct shim_datagram *ends) {
  struct sockaddr_in6 peer = {.sin6_family = AF_INET6, .sin6_port = ends->port, .sin6_scope_id = ends->device};
  memcpy(&peer.sin6_addr, ends->peer, sizeof ends->peer);
  struct in6_pktinfo info = {.ipi6_ifindex = ends->device};
  memcpy(&info.ipi6_addr, ends->own, sizeof ends->own);
  union control control = {.header = {.cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO,
                                      .cmsg_len = CMSG_LEN(sizeof info)}};
  memcpy(CMSG_DATA(&control.header), &info, sizeof info);
  struct iovec part = {(void *)bytes, size};
  struct msghdr message = {.msg_name = &peer, .msg_namelen = sizeof peer, .msg_iov = &part, .msg_iovlen = 1,
                           .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent < 0 ? -errno : sent;
}
