// From a model's name to how its tokens are counted: which vocabulary, which framing of messages, what an image costs.
//
// Pure; a table, whose sources are named where it stands (family.cc). A name that is not in it has a tokenizer that is
// not public: its prompts are estimated (calibration.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "tokens/image_tokens.h"

namespace pointsman::tokens {

enum class Encoding : std::uint8_t { kO200k, kCl100k };
std::string_view to_string(Encoding encoding);  // "o200k_base", "cl100k_base"

struct Family {
  std::optional<Encoding> encoding;  // none: not public
  // What surrounds messages and tools was published for these models, or agreed with what their API reported.
  bool framing_known = false;
  ImageRule images;
};

// `model` as the upstream knows it: "gpt-4o-2024-08-06", "openai/gpt-4.1-mini", "ft:gpt-4o:acme::7p4lURx".
Family family_of(std::string_view model);

}  // namespace pointsman::tokens
