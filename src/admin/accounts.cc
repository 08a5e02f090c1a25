#include "admin/accounts.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "base/kernel_random.h"

namespace pointsman::admin {
namespace {

// The recommendation of RFC 9106, section 4, scaled to what libsodium calls interactive: 2 passes over 64 MiB.
constexpr unsigned long long kPasses = crypto_pwhash_OPSLIMIT_INTERACTIVE;
constexpr std::size_t kMemory = crypto_pwhash_MEMLIMIT_INTERACTIVE;
// Of no password that anybody knows: what unknown users are compared with.
constexpr std::string_view kNobody =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
constexpr std::string_view kAlphabet = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr std::size_t kLetters = 24;

bool ready() {
  static const bool kReady = sodium_init() >= 0;
  return kReady;
}

}  // namespace

base::Result<std::string> hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> out{};
  if (!ready() || crypto_pwhash_str_alg(out.data(), password.data(), password.size(), kPasses, kMemory,
                                        crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return base::fail(base::ErrorCode::kInternal, "there is no memory (64 MiB) to hash a password");
  }
  return std::string(out.data());
}

bool password_fits(std::string_view hash, std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> padded{};
  if (!ready() || hash.size() >= padded.size()) return false;
  std::ranges::copy(hash, padded.begin());
  return crypto_pwhash_str_verify(padded.data(), password.data(), password.size()) == 0;
}

base::Result<std::string> make_password() {
  std::string out;
  while (out.size() < kLetters) {
    std::array<unsigned char, 64> bytes{};
    PM_CHECK(base::fill_from_kernel(bytes));
    for (const unsigned char byte : bytes) {
      // Bytes beyond the last whole round of the alphabet are left out, so that every letter is as likely.
      if (byte >= 256 / kAlphabet.size() * kAlphabet.size() || out.size() == kLetters) continue;
      out += kAlphabet[byte % kAlphabet.size()];
    }
  }
  return out;
}

std::string_view to_string(config::AdminRole role) {
  switch (role) {
    case config::AdminRole::kViewer:
      return "viewer";
    case config::AdminRole::kLabeller:
      return "labeller";
    case config::AdminRole::kAdmin:
      return "admin";
  }
  return "viewer";
}

void Accounts::use(std::vector<config::AdminUser> users) {
  const std::scoped_lock lock(mutex_);
  users_ = std::move(users);
}

std::optional<config::AdminRole> Accounts::check(std::string_view user, std::string_view password) {
  std::string hash(kNobody);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = std::ranges::find(users_, user, &config::AdminUser::name);
    if (found != users_.end()) hash = std::string(found->password.reveal());
  }
  const std::scoped_lock one_at_a_time(hashing_);
  if (!password_fits(hash, password)) return std::nullopt;
  return role_of(user);
}

std::optional<config::AdminRole> Accounts::role_of(std::string_view user) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(users_, user, &config::AdminUser::name);
  if (found == users_.end()) return std::nullopt;
  return found->role;
}

}  // namespace pointsman::admin
