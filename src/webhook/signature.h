// Signatures of the Standard Webhooks scheme: HMAC-SHA256 over "id.timestamp.body", base64, behind "v1,".
//
// Pure; a key is a value that any thread may use. Its bytes never leave it but into the HMAC.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace pointsman::webhook {

inline constexpr std::size_t kShortestKey = 16;  // bytes; the scheme advises 24 to 64

class SigningKey {
 public:
  SigningKey() = default;
  // "whsec_" and base64, or any other text, whose bytes are the key. kInvalidArgument, saying what to write, for base64
  // that is none and for keys shorter than kShortestKey.
  static base::Result<SigningKey> parse(const base::Secret& text);

  // The value of the header webhook-signature.
  std::string sign(std::string_view id, std::string_view timestamp, std::string_view body) const;

 private:
  explicit SigningKey(base::Secret bytes) : bytes_(std::move(bytes)) {}
  base::Secret bytes_;
};

// The value of the header webhook-timestamp: seconds since the Unix epoch.
std::string timestamp_text(base::WallTime now);

}  // namespace pointsman::webhook
