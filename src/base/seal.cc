#include "base/seal.h"

#include <openssl/evp.h>

#include <array>
#include <limits>
#include <memory>

#include "base/kernel_random.h"

namespace pointsman::base {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kLongest = std::numeric_limits<int>::max();

struct ContextDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, ContextDeleter>;

unsigned char* bytes_of(std::string& text, std::size_t at) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<std::string> seal(const Sha256& key, std::string_view bytes) {
  if (bytes.size() > kLongest) return fail(ErrorCode::kTooLarge, "too long to be sealed");
  std::array<unsigned char, kNonce> nonce{};
  PM_CHECK(fill_from_kernel(nonce));
  std::string out(bytes.size() + kSealBytes, '\0');
  out[0] = kVersion;
  std::copy(nonce.begin(), nonce.end(), bytes_of(out, 1));
  const std::size_t body = 1 + kNonce;
  const Context context(EVP_CIPHER_CTX_new());
  int taken = 0;
  const bool good =
      context && EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) &&
      EVP_EncryptUpdate(context.get(), bytes_of(out, body), &taken, bytes_of(bytes), static_cast<int>(bytes.size())) &&
      EVP_EncryptFinal_ex(context.get(), bytes_of(out, body + bytes.size()), &taken) &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTag),
                          bytes_of(out, body + bytes.size()));
  if (!good) return fail(ErrorCode::kInternal, "the library cannot seal");
  return out;
}

std::optional<std::string> unseal(const Sha256& key, std::string_view sealed) {
  if (sealed.size() < kSealBytes || sealed.size() > kLongest || sealed.front() != kVersion) return std::nullopt;
  const std::string_view nonce = sealed.substr(1, kNonce);
  const std::string_view body = sealed.substr(1 + kNonce, sealed.size() - kSealBytes);
  std::string tag(sealed.substr(sealed.size() - kTag));
  std::string out(body.size(), '\0');
  const Context context(EVP_CIPHER_CTX_new());
  int taken = 0;
  const bool good =
      context && EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(nonce)) &&
      EVP_DecryptUpdate(context.get(), bytes_of(out, 0), &taken, bytes_of(body), static_cast<int>(body.size())) &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTag), tag.data()) &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(out, body.size()), &taken) > 0;
  return good ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace pointsman::base
