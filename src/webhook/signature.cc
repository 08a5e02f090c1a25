#include "webhook/signature.h"

#include <fmt/format.h>

#include "base/base64.h"
#include "base/hmac.h"

namespace pointsman::webhook {

using base::ErrorCode;

namespace {

constexpr std::string_view kPrefix = "whsec_";

}  // namespace

base::Result<SigningKey> SigningKey::parse(const base::Secret& text) {
  base::Secret bytes = text;
  if (text.reveal().starts_with(kPrefix)) {
    auto decoded = base::from_base64(text.reveal().substr(kPrefix.size()));
    if (!decoded) {
      return base::fail(ErrorCode::kInvalidArgument,
                        "has no valid base64 behind 'whsec_'; copy the receiver's secret whole, or make one with "
                        "`openssl rand -base64 32`");
    }
    bytes = base::Secret(std::move(*decoded));
  }
  if (bytes.reveal().size() < kShortestKey) {
    return base::fail(ErrorCode::kInvalidArgument,
                      fmt::format("is shorter than {} bytes; make one with `openssl rand -base64 32`", kShortestKey));
  }
  return SigningKey(std::move(bytes));
}

std::string SigningKey::sign(std::string_view id, std::string_view timestamp, std::string_view body) const {
  const base::Sha256 digest = base::hmac_sha256(bytes_.reveal(), fmt::format("{}.{}.{}", id, timestamp, body));
  return "v1," + base::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string timestamp_text(base::WallTime now) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count());
}

}  // namespace pointsman::webhook
