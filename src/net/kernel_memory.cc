#include "net/kernel_memory.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace pointsman::net {

void bound_unread(Socket& socket) {
  // The kernel doubles it, for what it needs itself beside the bytes (socket(7)).
  (void)::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVBUF, &kMostUnread, sizeof kMostUnread);
}

void bound_unsent(Socket& socket) {
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent, sizeof kMostUnsent);
}

}  // namespace pointsman::net
