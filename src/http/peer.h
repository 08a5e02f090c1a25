// Whose bytes are being read: a client's requests are held to tighter rules than an upstream's responses, and an error
// blames the one who sent them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace pointsman::http {

enum class Peer : std::uint8_t { kClient, kUpstream };

// An error of this codec: the peer's fault; another upstream may do better, another try with this client will not.
base::Error codec_error(Peer peer, base::ErrorCode code, std::string_view message, std::string_view place);

}  // namespace pointsman::http
