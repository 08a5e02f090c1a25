// An outgoing connection to a host that somebody else chose: made only if all its addresses may be connected to.
// On one loop; cancellable like connect().
#pragma once

#include "net/connect.h"

namespace pointsman::net {

// Pure; null lets every address pass.
using AddressCheck = bool (*)(const asio::ip::address& address);

// As connect(), but looks the name up once, asks `may_use` for every address it has, and connects to those very
// addresses, so that a name server cannot give one answer to the check and another to the connection (DNS rebinding).
// kForbidden, and not a packet sent, if one of them may not be used.
Awaitable<base::Result<ChannelPtr>> connect_checked(Loop& loop, Resolver& resolver, const Endpoint& endpoint,
                                                    AddressCheck may_use, base::MonoTime deadline, CancelToken& cancel);

}  // namespace pointsman::net
