#include "base/secret.h"

#include <openssl/crypto.h>

namespace pointsman::base {

void Secret::wipe() {
  if (!value_.empty()) OPENSSL_cleanse(value_.data(), value_.size());
  value_.clear();
}

std::string Secret::hint() const {
  if (value_.empty()) return "(empty)";
  const std::size_t shown = value_.size() >= 16 ? 4 : 0;
  return value_.substr(0, shown) + "…(" + std::to_string(value_.size()) + ")";
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace pointsman::base
