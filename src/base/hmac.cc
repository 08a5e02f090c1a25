#include "base/hmac.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace pointsman::base {

Sha256 hmac_sha256(std::string_view key, std::string_view message) {
  Sha256 out{};
  unsigned size = 0;
  // An empty view may point nowhere, which OpenSSL takes for "as before".
  const char* const bytes = key.empty() ? "" : key.data();
  ::HMAC(EVP_sha256(), bytes, static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(message.data()),
         message.size(), out.data(), &size);
  return out;
}

}  // namespace pointsman::base
