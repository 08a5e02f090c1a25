#include "ledger/key.h"

#include <algorithm>
#include <array>

namespace pointsman::ledger {
namespace {

constexpr std::array<std::string_view, 4> kPeriods = {"day", "week", "month", "total"};
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxOwner = 128;
constexpr std::ptrdiff_t kMaxOwnerParts = 6;
constexpr std::size_t kMaxItems = 64;
constexpr std::size_t kMaxItem = 256;

bool alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

base::Result<void> refuse(const char* field, std::string why) {
  return base::fail(base::Error(base::ErrorCode::kInvalidArgument, std::move(why)).at(field));
}

base::Result<void> check_list(const char* field, const std::vector<std::string>& list) {
  if (list.size() > kMaxItems) return refuse(field, "a key may name at most 64 of them");
  for (const std::string& one : list) {
    if (one.empty() || one.size() > kMaxItem) return refuse(field, "a name has 1 to 256 bytes");
    if (std::ranges::count(list, one) > 1) return refuse(field, one + " is named twice");
  }
  return {};
}

bool positive(const std::optional<std::int64_t>& limit) {
  return !limit || *limit > 0;
}

base::Result<void> check_budgets(const std::vector<KeyBudget>& budgets) {
  for (const KeyBudget& one : budgets) {
    const std::string period(to_string(one.period));
    if (!one.money && !one.tokens) return refuse("budgets", "the budget of a " + period + " limits nothing");
    if ((one.money && one.money->nanos <= 0) || !positive(one.tokens)) {
      return refuse("budgets", "a budget must be more than 0");
    }
    if (std::ranges::count(budgets, one.period, &KeyBudget::period) > 1) {
      return refuse("budgets", "there are two budgets for one period (" + period + ")");
    }
  }
  return {};
}

}  // namespace

std::string_view to_string(KeyPeriod period) {
  return kPeriods[static_cast<std::size_t>(period)];
}

std::optional<KeyPeriod> key_period_from(std::string_view name) {
  const auto* const at = std::ranges::find(kPeriods, name);
  if (at == kPeriods.end()) return std::nullopt;
  return static_cast<KeyPeriod>(at - kPeriods.begin());
}

bool valid_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && alphanumeric(name.front()) &&
         std::ranges::all_of(name, [](char c) { return alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool valid_owner(std::string_view owner) {
  const auto usable = [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != ',' && c != '#' && c != '@';
  };
  return !owner.empty() && owner.size() <= kMaxOwner && std::ranges::all_of(owner, usable) && owner.front() != '/' &&
         owner.back() != '/' && !owner.contains("//") && std::ranges::count(owner, '/') < kMaxOwnerParts;
}

base::Result<void> check_key(const Key& key) {
  if (!valid_key_name(key.name)) {
    return refuse("name",
                  "a key's name has 1 to 64 letters, digits, '.', '_' and '-', and begins with one of the first");
  }
  if (!key.owner.empty() && !valid_owner(key.owner)) {
    return refuse("owner", "an owner is a path such as acme/search, of at most 128 characters and 6 parts");
  }
  if (key.expires && *key.expires <= key.created) return refuse("expires", "it would have expired already");
  PM_CHECK(check_list("models", key.models));
  PM_CHECK(check_list("categories", key.categories));
  PM_CHECK(check_budgets(key.budgets));
  const KeyRates& rates = key.rates;
  if (!positive(rates.requests_per_minute) || !positive(rates.tokens_per_minute) || !positive(rates.concurrent)) {
    return refuse("limits", "a limit must be more than 0");
  }
  return {};
}

}  // namespace pointsman::ledger
