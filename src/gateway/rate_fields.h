// How much of its rates a client has left, as fields of an answer's head.
// Pure.
#pragma once

#include <string>

#include "limits/quota_outcome.h"

namespace pointsman::gateway {

// "x-ratelimit-{limit,remaining,reset}-{requests,tokens}" of what is limited; durations as OpenAI writes them ("1.2s"),
// of three digits. Every answer to a key with limits carries them.
void append_rate_fields(const limits::RateStandings& standings, std::string& head);

}  // namespace pointsman::gateway
