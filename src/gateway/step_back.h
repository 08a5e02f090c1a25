// Puts the calling thread below the event loops, which keep their response times when cores are scarce.
// For threads that do work on behalf of requests but not on their path.
#pragma once

namespace pointsman::gateway {

// SCHED_BATCH and nice +10, and the thread's name (at most 15 bytes). Where the system does not allow it, the thread
// stays as it is.
void step_back(const char* name);

}  // namespace pointsman::gateway
