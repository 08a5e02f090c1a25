// Finds peers that are gone without a word: a machine without power, a cable, a firewall that forgot the connection.
//
// Two options of the socket, nothing of ours: the kernel asks a peer that says nothing (keep-alive), and gives up one
// that does not acknowledge what it was sent. The connection then fails as after a reset. Any thread.
#pragma once

#include "base/clock.h"
#include "net/channel.h"

namespace pointsman::net {

// A peer that is gone is found within `patience`, to the second, whether it was to send or to receive. One that lives
// and does not read is cut off then, too. Best effort: where the kernel takes no such options, nothing is found.
void find_when_gone(Socket& socket, base::Duration patience);

}  // namespace pointsman::net
