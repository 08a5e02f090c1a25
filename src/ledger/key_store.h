// The seam to whatever keeps virtual keys: with hashes of their secrets, and a record of every change.
//
// Implementations are used from one thread at a time, never from an event loop: changes wait for the disk. Several
// processes may have the same store open; version() tells each, cheaply, that another one changed something.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/key.h"

namespace pointsman::ledger {

// Who makes a change, and when.
struct KeyHand {
  std::string who;  // of the operating system's users
  base::WallTime at{};
};

// What was done: "created", "changed", "rotated", "revoked". Nothing in it gives a secret away.
struct KeyEvent {
  std::int64_t number = 0;  // from 1, in order
  base::WallTime at{};
  std::string who;
  std::string kind;
  base::Uuid key;
  std::string name;    // of the key
  std::string detail;  // for people: "owner acme, ends with Xy3z, month 50 dollars"
};

class KeyStore {
 public:
  virtual ~KeyStore() = default;

  // kInvalidArgument when a key that is not revoked has that name, or the key is not as check_key() wants it.
  virtual base::Result<void> create(const Key& key, const KeyHand& hand) = 0;
  // Gives the key of that id the expiry, models, categories, budgets and rates of `after`; all else stays. kNotFound if
  // there is none of that id, kInvalidArgument if it is revoked, is not `before` any more, or would not be as
  // check_key() wants it.
  virtual base::Result<void> change(const Key& before, const Key& after, const KeyHand& hand) = 0;
  // Gives the key a new secret, with its last characters. The ones before stay valid for `grace`, or as long as they
  // would have been if that is less. kNotFound if there is none of that id, kInvalidArgument if it is revoked.
  virtual base::Result<void> rotate(const base::Uuid& id, const base::Sha256& digest, std::string_view tail,
                                    std::chrono::seconds grace, const KeyHand& hand) = 0;
  // False if it was revoked before. Its secrets are removed. kNotFound if there is none of that id.
  virtual base::Result<bool> revoke(const base::Uuid& id, const KeyHand& hand) = 0;

  // All of them, revoked ones too, in the order they were made.
  virtual base::Result<std::vector<Key>> keys() = 0;
  // The one of that name that is not revoked, else the one of that id, in UUID form.
  virtual base::Result<std::optional<Key>> find(std::string_view name_or_id) = 0;
  // Grows with every change, by whomever.
  virtual base::Result<std::int64_t> version() = 0;
  // Changes of that key, or of all, in order.
  virtual base::Result<std::vector<KeyEvent>> events(const std::optional<base::Uuid>& key) = 0;
};

}  // namespace pointsman::ledger
