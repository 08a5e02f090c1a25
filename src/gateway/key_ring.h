// The virtual keys that are valid, for the request path: from what a client sent to who it is.
//
// An immutable snapshot, made from the store's rows whenever they change; const methods may run concurrently. find()
// allocates nothing and touches the same bytes of a stored digest whether they match or not.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "ledger/key.h"

namespace pointsman::gateway {

// Who asks, by the key that was presented. Lives as long as its ring.
struct Principal {
  base::Uuid key;
  std::string name;
  std::string owner;                    // path; empty: nobody
  std::vector<std::string> models;      // sorted; empty: all
  std::vector<std::string> categories;  // sorted; empty: all
  // Of the key among the rows that the ring was made of, for what is kept of each key beside the ring.
  std::uint32_t row = 0;

  bool may_use_model(std::string_view model) const;
  bool may_ask_for(std::string_view category) const;
};

enum class KeyRefusal : std::uint8_t {
  kForeign,   // not a key of ours, but something else
  kMistyped,  // looks like one, its checksum is wrong
  kUnknown,   // never existed, was revoked or rotated
  kExpired,
};
// For the client: 401, with a message that names no key.
base::Error refusal_error(KeyRefusal refusal);

class KeyRing {
 public:
  KeyRing() = default;  // nobody's
  // Revoked keys and secrets without a future are left out; what expires later is refused from then on.
  KeyRing(std::span<const ledger::Key> keys, base::WallTime now);

  // Pointer valid as long as the ring. Bounded: anything that has not the length of a key is refused unhashed.
  std::expected<const Principal*, KeyRefusal> find(std::string_view token, base::WallTime now) const;

  bool empty() const { return principals_.empty(); }
  const std::vector<Principal>& principals() const { return principals_; }

 private:
  struct Slot {
    base::Sha256 digest{};
    base::WallTime until{};    // of the secret, after a rotation
    base::WallTime expires{};  // of the key
    std::uint32_t principal = kFree;
  };
  static constexpr std::uint32_t kFree = 0xffff'ffff;

  void add(const ledger::KeySecret& secret, std::uint32_t principal, base::WallTime expires);
  static KeyRefusal refusal_of(std::string_view token);
  std::size_t home_of(const base::Sha256& digest) const;

  std::vector<Principal> principals_;
  std::vector<Slot> slots_;  // open addressing, linear probing; a power of two, at most half full
};

}  // namespace pointsman::gateway
