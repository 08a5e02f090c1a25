#include "http/peer.h"

#include <string>

namespace pointsman::http {
namespace {

constexpr std::size_t kShownPlaceBytes = 64;  // a place may be a name the peer chose

}  // namespace

[[gnu::cold]] base::Error codec_error(Peer peer, base::ErrorCode code, std::string_view message,
                                      std::string_view place) {
  const bool upstream = peer == Peer::kUpstream;
  return base::Error(code, std::string(message), upstream ? base::Origin::kUpstream : base::Origin::kClient,
                     upstream ? base::Retry::kOtherTarget : base::Retry::kNo)
      .at(std::string(place.substr(0, kShownPlaceBytes)));
}

}  // namespace pointsman::http
