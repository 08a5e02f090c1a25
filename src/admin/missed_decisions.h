// GET /decisions/live for whoever comes again: what was recorded since the last decision he has seen, as events.
// On the desk's threads; see endpoint.h for what a Call is. The handler on the loop goes on from there (handler.h).
#pragma once

#include "admin/endpoint.h"

namespace pointsman::admin {

// The body is text for the stream, not JSON: at most the newest 1,000, the oldest first, and before them how many more
// there were. Decisions are counted by when they began: one that began before the last seen is not among them.
base::Result<Answer> get_missed(Call& call);

// One event of the stream; without an id the member is left out.
std::string event_text(std::string_view name, std::string_view id, std::string_view json);

}  // namespace pointsman::admin
