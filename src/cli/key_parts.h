// What making, finding and counting virtual keys takes, for the command line and for the operators' API.
//
// Blocking where it asks the kernel or a store; from any thread.
#pragma once

#include <optional>
#include <string>

#include "base/secret.h"
#include "ledger/key_store.h"
#include "ledger/spend.h"

namespace pointsman::cli {

// A secret that nobody had before, and what may be kept of it.
struct FreshSecret {
  base::Secret text;
  base::Sha256 digest{};
  std::string tail;
};
base::Result<FreshSecret> fresh_secret();

base::Result<base::Uuid> fresh_key_id(base::WallTime now);

// kNotFound with the nearest name of a key that is not revoked.
base::Result<ledger::Key> find_key(ledger::KeyStore& store, const std::string& name_or_id);

// When what a key spent is its own: from `begin` on (unset: ever), but not what a namesake spent before it was made or
// spends after it was revoked.
ledger::SpendTime own_time(const ledger::Key& key, const std::optional<base::WallTime>& begin);

}  // namespace pointsman::cli
