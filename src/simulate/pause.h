// Waiting on a loop that ends at once when the exchange is cancelled.
// On one loop; ends early when the token is requested.
#pragma once

#include "net/cancel.h"
#include "net/loop.h"

namespace pointsman::simulate {

// True when the time has passed; false when the token was requested.
net::Awaitable<bool> pause(net::Loop& loop, net::CancelToken& token, base::Duration time);
// Returns when the token is requested.
net::Awaitable<> wait_for_cancel(net::CancelToken& token);

}  // namespace pointsman::simulate
