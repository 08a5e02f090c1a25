// A virtual key: who may ask with it, for what, and how much it may spend. Never its secret.
// Plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "base/money.h"
#include "base/result.h"
#include "base/uuid.h"

namespace pointsman::ledger {

// The values are kept in files: never change one.
enum class KeyPeriod : std::uint8_t { kDay = 0, kWeek = 1, kMonth = 2, kTotal = 3 };
std::string_view to_string(KeyPeriod period);  // "day", "week", "month", "total"
std::optional<KeyPeriod> key_period_from(std::string_view name);

// At least one of money and tokens is set.
struct KeyBudget {
  KeyPeriod period = KeyPeriod::kMonth;
  std::optional<base::Money> money;
  std::optional<std::int64_t> tokens;

  bool operator==(const KeyBudget&) const = default;
};

struct KeyRates {
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> tokens_per_minute;
  std::optional<std::int64_t> concurrent;

  bool operator==(const KeyRates&) const = default;
};

// One secret of a key. There are two for a while after a rotation with a grace period.
struct KeySecret {
  base::Sha256 digest{};                // of its text (ledger/key_text.h)
  std::optional<base::WallTime> until;  // no longer valid from then on; unset: as long as the key is

  bool operator==(const KeySecret&) const = default;
};

struct Key {
  base::Uuid id;
  std::string name;   // unique among those that are not revoked
  std::string owner;  // "acme/search"; empty: nobody
  base::WallTime created{};
  std::optional<base::WallTime> expires;
  std::optional<base::WallTime> revoked;
  std::string tail;                     // the last characters of its newest secret
  std::vector<KeySecret> secrets;       // the newest first; none once it is revoked
  std::vector<std::string> models;      // that may answer; empty: all
  std::vector<std::string> categories;  // that may be asked for; empty: all
  std::vector<KeyBudget> budgets;       // at most one for each period
  KeyRates rates;

  bool live(base::WallTime now) const { return !revoked && (!expires || now < *expires); }
  bool operator==(const Key&) const = default;
};

// A name is 1 to 64 letters, digits, '.', '_' and '-', and begins with a letter or a digit. An owner is what may stand
// in the configuration: up to 128 printable ASCII characters but blanks, '"', '\\' and ',', in at most 6 parts with '/'
// between them, none of which is empty; and no '#' or '@', which set end users and keys off.
bool valid_key_name(std::string_view name);
bool valid_owner(std::string_view owner);

// What is wrong with it, as kInvalidArgument naming the field: names and owner as above, lists of at most 64 items of
// at most 256 bytes, limits above 0, no period twice, expiry after creation.
base::Result<void> check_key(const Key& key);

}  // namespace pointsman::ledger
