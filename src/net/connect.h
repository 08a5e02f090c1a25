// Makes an outgoing connection: resolve, try each address in turn, TLS handshake; all under one deadline.
// On one loop; cancellable while it resolves, connects and shakes hands.
#pragma once

#include <memory>
#include <string>

#include "net/cancel.h"
#include "net/channel.h"
#include "net/dns.h"
#include "net/tls.h"

namespace pointsman::net {

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  SslContext tls;  // null: plain TCP
};

// Fails with kConnect (retry: other target), kTimeout or kCancelled. `endpoint`, `resolver` and `cancel` must outlive
// the call.
Awaitable<base::Result<ChannelPtr>> connect(Loop& loop, Resolver& resolver, const Endpoint& endpoint,
                                            base::MonoTime deadline, CancelToken& cancel);

}  // namespace pointsman::net
