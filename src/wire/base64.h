// Base64 with padding (RFC 4648, section 4), for documents that one protocol carries as text and another encoded.
// Pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pointsman::wire {

std::string to_base64(std::string_view bytes);
// Nothing if `text` is not base64. Missing padding is accepted; white space and other alphabets are not.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace pointsman::wire
