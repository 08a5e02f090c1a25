// How large an image is, from the first bytes of it: PNG (RFC 2083), GIF (89a), JPEG (ITU T.81) and WebP (RFC 9649).
//
// Pure, any thread. The image is base64, as it stands in a request, and stays that: a handful of bytes is decoded
// wherever they are, so an image of many megabytes costs no more than a small one. Any bytes give a size or nothing.
#pragma once

#include <optional>
#include <string_view>

#include "tokens/image_tokens.h"

namespace pointsman::tokens {

// Of `base64` (RFC 4648, section 4).
std::optional<ImageSize> image_size(std::string_view base64);

// Of "data:image/png;base64,...", or of base64 alone. Nothing for other addresses.
std::optional<ImageSize> image_size_of_url(std::string_view url);

}  // namespace pointsman::tokens
