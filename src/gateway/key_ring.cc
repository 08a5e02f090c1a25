#include "gateway/key_ring.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "ledger/key_text.h"

namespace pointsman::gateway {
namespace {

constexpr base::WallTime kForever = base::WallTime::max();

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

// Looks at every byte, whatever the first ones were.
bool same(const base::Sha256& a, const base::Sha256& b) {
  using Words = std::array<std::uint64_t, sizeof(base::Sha256) / sizeof(std::uint64_t)>;
  const auto left = std::bit_cast<Words>(a);
  const auto right = std::bit_cast<Words>(b);
  std::uint64_t differing = 0;
  for (std::size_t i = 0; i < left.size(); ++i) differing |= left[i] ^ right[i];
  return differing == 0;
}

bool allows(const std::vector<std::string>& names, std::string_view name) {
  return names.empty() || std::ranges::binary_search(names, name);
}

}  // namespace

bool Principal::may_use_model(std::string_view model) const {
  return allows(models, model);
}

bool Principal::may_ask_for(std::string_view category) const {
  return allows(categories, category);
}

base::Error refusal_error(KeyRefusal refusal) {
  const char* message = "";
  switch (refusal) {
    case KeyRefusal::kForeign:
      message = "This gateway needs one of its own API keys, which begin with \"pm-\"; another one was sent.";
      break;
    case KeyRefusal::kMistyped:
      message = "The API key is incomplete or mistyped: its checksum does not fit.";
      break;
    case KeyRefusal::kUnknown:
      message = "The API key is not known here; it may have been revoked or replaced.";
      break;
    case KeyRefusal::kExpired:
      message = "The API key has expired.";
      break;
  }
  return base::Error(base::ErrorCode::kUnauthorized, message, base::Origin::kClient);
}

KeyRing::KeyRing(std::span<const ledger::Key> keys, base::WallTime now) {
  std::size_t secrets = 0;
  for (const ledger::Key& key : keys) secrets += key.revoked ? 0 : key.secrets.size();
  if (secrets == 0) return;
  slots_.resize(std::bit_ceil(secrets * 2));
  for (std::size_t row = 0; row < keys.size(); ++row) {
    const ledger::Key& key = keys[row];
    if (key.revoked || key.secrets.empty()) continue;
    const auto principal = static_cast<std::uint32_t>(principals_.size());
    principals_.push_back({.key = key.id,
                           .name = key.name,
                           .owner = key.owner,
                           .models = sorted(key.models),
                           .categories = sorted(key.categories),
                           .row = static_cast<std::uint32_t>(row)});
    for (const ledger::KeySecret& secret : key.secrets) {
      if (!secret.until || now < *secret.until) add(secret, principal, key.expires.value_or(kForever));
    }
  }
}

// A secret whose own time is over is unknown, one of a key whose time is over has expired.
void KeyRing::add(const ledger::KeySecret& secret, std::uint32_t principal, base::WallTime expires) {
  std::size_t at = home_of(secret.digest);
  while (slots_[at].principal != kFree) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {secret.digest, secret.until.value_or(kForever), expires, principal};
}

std::size_t KeyRing::home_of(const base::Sha256& digest) const {
  std::uint64_t head = 0;
  std::memcpy(&head, digest.data(), sizeof head);
  return static_cast<std::size_t>(head) & (slots_.size() - 1);
}

// Why a text is not among the keys: asked only then, for it adds up the text's checksum.
KeyRefusal KeyRing::refusal_of(std::string_view token) {
  switch (ledger::key_form(token)) {
    case ledger::KeyForm::kForeign:
      return KeyRefusal::kForeign;
    case ledger::KeyForm::kMistyped:
      return KeyRefusal::kMistyped;
    case ledger::KeyForm::kKey:
      break;
  }
  return KeyRefusal::kUnknown;
}

std::expected<const Principal*, KeyRefusal> KeyRing::find(std::string_view token, base::WallTime now) const {
  if (slots_.empty() || token.size() != ledger::kKeyTextBytes) return std::unexpected(refusal_of(token));
  const base::Sha256 digest = ledger::key_digest(token);
  for (std::size_t at = home_of(digest); slots_[at].principal != kFree; at = (at + 1) & (slots_.size() - 1)) {
    const Slot& slot = slots_[at];
    if (!same(slot.digest, digest)) continue;
    if (now >= slot.until) return std::unexpected(KeyRefusal::kUnknown);
    if (now >= slot.expires) return std::unexpected(KeyRefusal::kExpired);
    return &principals_[slot.principal];
  }
  return std::unexpected(refusal_of(token));
}

}  // namespace pointsman::gateway
