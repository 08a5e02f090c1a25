// A text whose category is known: what a simulated teacher answers from.
// Plain values; the functions are pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::simulate {

struct GoldRow {
  std::string text;
  std::string category;  // kNone: it belongs to none of them
};

// The category of what belongs to no category, and how a request names that answer.
inline constexpr std::string_view kNone = "none";

// The words of a text, folded and hashed, in order: the same for spellings that differ in case, accents or spaces.
std::vector<std::uint64_t> words_of(std::string_view text);

// A category's name as prompts write it: "reset_password", "Reset-Password" and "reset password" are "reset password".
std::string spoken_name(std::string_view name);

}  // namespace pointsman::simulate
