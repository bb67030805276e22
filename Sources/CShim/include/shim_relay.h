// Calls of who hands on between sockets what it does not read. Each returns -errno on failure.
#ifndef SWIFTAINER_SHIM_RELAY_H
#define SWIFTAINER_SHIM_RELAY_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Moves bytes between a pipe and something else, without waiting and without a copy; how many, 0 at the end.
/// `splice(2)`.
ssize_t shim_splice(int from, int to, size_t count);

/// The two ends of a datagram of IPv6: who sent it, to which of our addresses, and the number of the device by which it
/// came; `device` is the same for an address of a link, else 0. Bytes between are zero.
struct shim_datagram {
  uint8_t peer[16];
  uint8_t own[16];
  uint32_t device;
  uint32_t incoming;
  uint16_t port;
  uint16_t unused;
};

/// Lets a socket of IPv6 tell to which address, and by which device, a datagram came. `IPV6_RECVPKTINFO`, ipv6(7).
int shim_tell_datagram_ends(int socket);
/// The next datagram, without waiting. `recvmsg(2)`.
ssize_t shim_receive_datagram(int socket, void *bytes, size_t size, struct shim_datagram *ends);
/// Answers, from the address to which the question came. `sendmsg(2)`.
ssize_t shim_answer_datagram(int socket, const void *bytes, size_t size, const struct shim_datagram *ends);

#endif
