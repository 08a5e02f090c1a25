// A text as a key: two spellings of the same message ask the small model once.
//
// Pure. Case, diacritics, compatibility forms and white space are folded away (text/fold.h); what is left is bounded:
// of a long text the beginning stands for itself and a hash for the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pointsman::consult {

inline constexpr std::size_t kMaxKeyBytes = 512;

// At most `limit` bytes (at least 32), always valid UTF-8. Takes time in proportion to the text: give an excerpt.
std::string text_key(std::string_view text, std::size_t limit = kMaxKeyBytes);

// Of a key, under the version of the prompt and for the categories on offer: an answer belongs to all three.
std::uint64_t key_hash(std::string_view key, std::string_view prompt_version, std::span<const int> offered);

}  // namespace pointsman::consult
