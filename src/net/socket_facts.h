// What the kernel knows of a TCP connection.
// Any thread; asks the kernel and waits for nothing.
#pragma once

#include <optional>

#include "base/clock.h"

namespace pointsman::net {

// Since the last bytes arrived from the peer, to a few milliseconds (Linux: tcp_info.tcpi_last_data_recv). Right after
// they were read that is how long they lay in the kernel. Nothing where it cannot be told.
std::optional<base::Duration> since_last_bytes(int socket);

}  // namespace pointsman::net
