// The name of an end user as OpenAI's protocols take it.
// Pure; shared by the writers of requests.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"

namespace pointsman::wire {

// "user" is at most 64 characters long at OpenAI, which refuses longer ones; clients of Anthropic have longer ones.
inline constexpr std::size_t kLongestUser = 64;
inline constexpr std::string_view kUserLoss = "user: longer than 64 bytes, given as its SHA-256";

// The same name, or the SHA-256 of one that is too long: the same user always has the same one.
inline std::string openai_user(std::string_view user) {
  return user.size() <= kLongestUser ? std::string(user) : base::sha256_hex(user);
}

}  // namespace pointsman::wire
