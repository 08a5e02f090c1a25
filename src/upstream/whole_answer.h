// Reads an answer's body to its end, for calls that are our own: short ones, whose bytes nobody waits for.
// On the loop of the call.
#pragma once

#include <cstddef>
#include <string>

#include "upstream/call.h"

namespace pointsman::upstream {

// Afterwards the connection can be used again. kTooLarge beyond `max_bytes`, kReset or kParse for a body that breaks
// off or is no body, kTimeout after `idle`, kCancelled.
net::Awaitable<base::Result<std::string>> read_whole(Answer& answer, std::size_t max_bytes, base::Duration idle,
                                                     net::CancelToken& cancel);

}  // namespace pointsman::upstream
