// What all drivers of the ledger's stores do alike, so that none does it differently: what counts as the same, what is
// refused and how it is said.
// Pure functions, any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/classifier_registry.h"
#include "ledger/entry.h"
#include "ledger/feedback.h"
#include "ledger/key.h"

namespace pointsman::ledger {

// The whole entry as a record, with room for all of its text.
std::string whole_record(const Entry& entry);

// What a sender said: not what the receiver added, which may differ when the same is sent again.
bool same_content(const Feedback& one, const Feedback& other);
// That the idempotency key came before with another content; and that the feedback is about another entry.
base::Error reused_key(const std::string& key);
base::Error other_entry(const Feedback& feedback, const Entry& about);

// The key in use with that name, or else the key with that id, revoked or not.
std::optional<Key> key_called(std::vector<Key> all, std::string_view name_or_id);
// A key for the record of changes; nothing in it gives a secret away.
std::string key_in_words(const Key& key);
// "2026-01-02 15:04 UTC".
std::string minute_of(base::WallTime time);
// In what KeyStore::change() replaces; a rotation meanwhile is no matter.
bool same_terms(const Key& one, const Key& other);
base::Error name_is_taken(const std::string& name);
base::Error key_is_revoked();
base::Error key_was_changed();
base::Error no_such_key(const base::Uuid& id);

// kInvalidArgument if that is no version of a classifier.
base::Result<void> check_version(std::string_view version);
// The digits of a beginning of a version, in lower case; kInvalidArgument if it is none, or too short.
base::Result<std::string> version_digits(std::string_view prefix);
// The one that begins so; kNotFound, or kInvalidArgument when there are several.
base::Result<ClassifierVersion> only_one(const std::string& digits, std::span<const ClassifierVersion> found);
base::Error no_such_classifier(std::string_view version);
// That the role is not whose it was expected to be; empty: nobody's.
base::Error overtaken(Role role, const std::string& holder);

}  // namespace pointsman::ledger
