// Log probabilities on their way between the two shapes that OpenAI's APIs give them: an object per choice there
// ({"content":[entries]}), a list per text here. The entries are the same.
//
// Pure; entries are the JSON text between the brackets of a list, on one line, empty for none.
#pragma once

#include <string>
#include <string_view>

#include "json/document.h"

namespace pointsman::wire::openai_responses {

// The entries of a list, or nothing if it is not one.
std::string entries_of(std::string_view list, json::Document& document);
// The entries of "content" in a choice's object.
std::string entries_of_choice(std::string_view choice, json::Document& document);
// Adds entries to a list of entries.
void append_entries(std::string_view entries, std::string& out);

}  // namespace pointsman::wire::openai_responses
