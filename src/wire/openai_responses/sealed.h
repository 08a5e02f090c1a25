// How another provider's proof of its reasoning travels in "encrypted_content", and how it is told from OpenAI's own.
//
// A client hands reasoning items back as it got them. What an answer of ours carries there is marked, so that a later
// turn gives it to the provider that made it, and to no other: it would refuse it.
#pragma once

#include <string>
#include <string_view>

#include "llm/conversation.h"

namespace pointsman::wire::openai_responses {

// Opens the text of every seal; nothing but letters, digits and '-', so that no encoder of JSON spells it otherwise.
inline constexpr std::string_view kSealMark = "pointsman-sealed-";

// What stands in "encrypted_content" for the part's signature or opaque content; empty if it has neither.
std::string seal(const llm::Part& part);
// Sets signature or opaque from what seal() made. False, and nothing changes, for anything else.
bool unseal(std::string_view text, llm::Part& part);

}  // namespace pointsman::wire::openai_responses
