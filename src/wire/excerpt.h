// Cuts the text of a message down to what classification reads: its head and its tail.
//
// Pure; works on raw JSON strings and decodes no more than a few times the limit, however long the message is.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "json/document.h"

namespace pointsman::wire {

// What stands between head and tail when something was left out.
inline constexpr std::string_view kOmission = "\n[\xE2\x80\xA6]\n";

// Sets `out` to the parts, decoded and joined by line feeds. If that is longer than `limit` bytes, to an equally long
// head and tail around kOmission, at most `limit` bytes in all, cut between characters. `scratch` only lends its
// capacity.
void excerpt(std::span<const json::RawString> parts, std::size_t limit, std::string& scratch, std::string& out);

}  // namespace pointsman::wire
