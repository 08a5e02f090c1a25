// Base64 (RFC 4648 section 4): the alphabet with '+' and '/', padded.
// Pure functions, usable from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pointsman::base {

std::string to_base64(std::string_view bytes);
// Nothing for anything but that alphabet, for padding that is wrong, or for spare bits that are not 0. Padding may be
// left out altogether.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace pointsman::base
