// The little JSON writing that simulated answers need. Pure.
// Pure; appends to the caller's string.
#pragma once

#include <string>
#include <string_view>

namespace pointsman::simulate {

// Appends `text` quoted, with '"', '\' and control characters escaped. Bytes above 0x7f stay as they are.
void append_json_string(std::string& out, std::string_view text);

// Where a piece of at most `bytes` bytes of `text` from `begin` ends: never inside a UTF-8 character, never empty
// while there is text.
std::size_t piece_end(std::string_view text, std::size_t begin, std::size_t bytes);

}  // namespace pointsman::simulate
