// How deep the JSON texts may be nested that we read.
//
// A constant, apart from the readers so that the growing ones need nothing else of them.
#pragma once

namespace pointsman::json {

// Deepest nesting of arrays and objects we accept.
inline constexpr int kMaxDepth = 128;

}  // namespace pointsman::json
