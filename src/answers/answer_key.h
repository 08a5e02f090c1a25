// Under what an answer is kept: SHA-256 over everything that may make another answer right, or another asker see it.
//
// Pure. The canonical request is hashed once; keys for several categories or models are cheap then.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/hash.h"
#include "llm/protocol.h"

namespace pointsman::answers {

using AnswerKey = base::Sha256;

// Whose answers they are: nobody shares with anybody else.
enum class Holder : std::uint8_t {
  kEverybody,  // no keys are in use, or the request came without one
  kOwner,      // all keys of one owner
  kKey,        // one key that has no owner
};

struct KeyParts {
  base::Sha256 content{};  // of the canonical request
  llm::Protocol protocol = llm::Protocol::kChatCompletions;
  bool stream = false;
  std::string_view path;
  std::string_view fields;  // header fields that reach the model, in a fixed order
  Holder holder = Holder::kEverybody;
  std::string_view holder_name;  // the owner's path or the key's id
  std::string_view category;
  std::string_view model;           // that would be asked first
  std::string_view policy_version;  // of the catalogue and what decisions rest on
  std::string_view config_version;  // of all the rest
};

AnswerKey key_of(const KeyParts& parts);

}  // namespace pointsman::answers
