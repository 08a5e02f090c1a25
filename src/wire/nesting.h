// How deep JSON text nests: what is carried from one protocol to another as it is written lands deeper in the other's
// answers, and must not be what makes them too deep to read (json::kMaxDepth).
//
// Pure; for text that is known to be JSON.
#pragma once

#include <string_view>

namespace pointsman::wire {

// Levels of a list of log-probabilities that are carried. OpenAI's have four: the list, a token, its alternatives,
// their bytes.
inline constexpr int kLogprobLevels = 16;

// Whether more than that many arrays and objects are open at some place.
bool nests_deeper(std::string_view json, int levels);

}  // namespace pointsman::wire
