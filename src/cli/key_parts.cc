#include "cli/key_parts.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

#include "base/kernel_random.h"
#include "base/suggest.h"
#include "cli/text_format.h"
#include "ledger/key_text.h"

namespace pointsman::cli {

using base::Result;
using ledger::Key;

Result<FreshSecret> fresh_secret() {
  std::array<unsigned char, ledger::kKeyRandomBytes> random{};
  PM_CHECK(base::fill_from_kernel(random));
  FreshSecret out;
  out.text = ledger::key_text(random);
  random.fill(0);
  const std::string_view text = out.text.reveal();
  out.digest = ledger::key_digest(text);
  out.tail = text.substr(text.size() - ledger::kKeyTailBytes);
  return out;
}

Result<base::Uuid> fresh_key_id(base::WallTime now) {
  std::array<unsigned char, sizeof(std::uint64_t)> random{};
  PM_CHECK(base::fill_from_kernel(random));
  std::uint64_t seed = 0;
  std::memcpy(&seed, random.data(), sizeof seed);
  return base::UuidGenerator(seed).next(now);
}

Result<Key> find_key(ledger::KeyStore& store, const std::string& name_or_id) {
  PM_TRY(auto found, store.find(name_or_id));
  if (found) return std::move(*found);
  PM_TRY(const std::vector<Key> all, store.keys());
  std::vector<std::string> names;
  for (const Key& one : all) {
    if (!one.revoked) names.push_back(one.name);
  }
  const auto near = base::nearest_names(name_or_id, names, 1);
  return base::fail(base::ErrorCode::kNotFound, fmt::format("there is no key {}{}", printable(name_or_id),
                                                            near.empty() ? "; `pointsman keys list` shows them"
                                                                         : "; did you mean " + near.front() + "?"));
}

ledger::SpendTime own_time(const Key& key, const std::optional<base::WallTime>& begin) {
  ledger::SpendTime time{.since = begin ? std::max(*begin, key.created) : key.created, .until = {}};
  if (key.revoked) time.until = *key.revoked + ledger::kSpendBucket;
  return time;
}

}  // namespace pointsman::cli
