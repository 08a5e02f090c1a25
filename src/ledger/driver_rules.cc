#include "ledger/driver_rules.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "ledger/entry_codec.h"

namespace pointsman::ledger {
namespace {

using base::Error;
using base::ErrorCode;

// What an entry takes beside its text: lists of models and features, all bounded.
constexpr std::size_t kRecordRoom = std::size_t{64} << 10;
constexpr std::size_t kVersionDigits = 64;
constexpr std::size_t kLeastDigits = 4;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string whole_record(const Entry& entry) {
  std::string record(kRecordRoom + entry.text.size(), '\0');
  record.resize(encode(entry, record));
  return record;
}

bool same_content(const Feedback& one, const Feedback& other) {
  return one.decision == other.decision && one.signal == other.signal && one.who == other.who &&
         one.category == other.category && one.no_category == other.no_category && one.fit == other.fit &&
         one.rating == other.rating && one.comment == other.comment && one.corrected_output == other.corrected_output &&
         one.golden == other.golden;
}

Error reused_key(const std::string& key) {
  return Error(ErrorCode::kInvalidArgument,
               "the idempotency key '" + key + "' came before with other content; use a new key for new feedback",
               base::Origin::kClient);
}

Error other_entry(const Feedback& feedback, const Entry& about) {
  return Error(ErrorCode::kInvalidArgument,
               "feedback on " + feedback.decision.to_string() + " came with the entry " + about.id.to_string());
}

std::string minute_of(base::WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", std::chrono::floor<std::chrono::minutes>(time));
}

std::optional<Key> key_called(std::vector<Key> all, std::string_view name_or_id) {
  const auto id = base::Uuid::parse(name_or_id);
  auto at = std::ranges::find_if(all, [&](const Key& one) { return !one.revoked && one.name == name_or_id; });
  if (at == all.end() && id) at = std::ranges::find(all, *id, &Key::id);
  if (at == all.end()) return std::nullopt;
  return std::move(*at);
}

std::string key_in_words(const Key& key) {
  std::vector<std::string> parts{"ends with " + key.tail};
  if (!key.owner.empty()) parts.push_back("owner " + key.owner);
  if (key.expires) parts.push_back("expires " + minute_of(*key.expires));
  if (!key.models.empty()) parts.push_back(fmt::format("models {}", fmt::join(key.models, " ")));
  if (!key.categories.empty()) parts.push_back(fmt::format("categories {}", fmt::join(key.categories, " ")));
  for (const KeyBudget& one : key.budgets) {
    if (one.money) parts.push_back(fmt::format("{} dollars a {}", one.money->to_string(), to_string(one.period)));
    if (one.tokens) parts.push_back(fmt::format("{} tokens a {}", *one.tokens, to_string(one.period)));
  }
  if (const auto most = key.rates.requests_per_minute) parts.push_back(fmt::format("{} requests a minute", *most));
  if (const auto most = key.rates.tokens_per_minute) parts.push_back(fmt::format("{} tokens a minute", *most));
  if (const auto most = key.rates.concurrent) parts.push_back(fmt::format("{} requests at a time", *most));
  return fmt::format("{}", fmt::join(parts, ", "));
}

bool same_terms(const Key& one, const Key& other) {
  return one.expires == other.expires && one.models == other.models && one.categories == other.categories &&
         one.budgets == other.budgets && one.rates == other.rates;
}

Error name_is_taken(const std::string& name) {
  return Error(ErrorCode::kInvalidArgument,
               "there is a key named " + name + " already; revoke it, or choose another name");
}

Error key_is_revoked() {
  return Error(ErrorCode::kInvalidArgument, "the key was revoked; create a new one");
}

Error key_was_changed() {
  return Error(ErrorCode::kInvalidArgument, "somebody else changed the key meanwhile; look at it again");
}

Error no_such_key(const base::Uuid& id) {
  return Error(ErrorCode::kNotFound, "there is no key " + id.to_string());
}

base::Result<void> check_version(std::string_view version) {
  if (version.size() == kVersionDigits && is_hex(version)) return {};
  return base::fail(ErrorCode::kInvalidArgument, "a classifier's version has 64 lower-case hexadecimal digits");
}

base::Result<std::string> version_digits(std::string_view prefix) {
  std::string digits(prefix);
  for (char& c : digits) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  if (digits.size() >= kLeastDigits && digits.size() <= kVersionDigits && is_hex(digits)) return digits;
  return base::fail(ErrorCode::kInvalidArgument,
                    "a classifier is named by its version, or by at least the first 4 hexadecimal digits of it");
}

base::Result<ClassifierVersion> only_one(const std::string& digits, std::span<const ClassifierVersion> found) {
  if (found.empty()) return base::fail(no_such_classifier(digits));
  if (found.size() == 1) return found.front();
  std::string message = "several classifiers begin with " + digits + ":";
  for (const ClassifierVersion& one : found) message += "\n  " + one.version;
  return base::fail(ErrorCode::kInvalidArgument, std::move(message));
}

Error no_such_classifier(std::string_view version) {
  return Error(ErrorCode::kNotFound, "there is no classifier " + std::string(version));
}

Error overtaken(Role role, const std::string& holder) {
  return Error(ErrorCode::kInvalidArgument, "another process was faster: the " + std::string(to_string(role)) +
                                                " is now " + (holder.empty() ? "nobody" : holder));
}

}  // namespace pointsman::ledger
