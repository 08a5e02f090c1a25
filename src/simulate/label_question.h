// A request that asks which label fits a text, as a simulated teacher sees it: whatever the protocol it came by.
//
// Plain values, read by the protocols; the functions are pure.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pointsman::simulate {

enum class LabelForm : std::uint8_t {
  kJson,    // an object with the label, kept to a schema
  kChoice,  // the bare label, kept to a list
  kFree,    // the bare label, kept to nothing: the prompt alone says what to answer
};

struct LabelQuestion {
  std::string system;
  std::string text;                 // of the last user message
  std::vector<std::string> labels;  // that may be answered; empty: those the system prompt names
  LabelForm form = LabelForm::kFree;
  std::string label_member;       // kJson: its name in the object
  std::string confidence_member;  // kJson: of a number, the stated confidence; empty: there is none
  bool confidence_first = false;
  double temperature = 1;
  std::optional<std::uint64_t> seed;
  std::optional<std::uint32_t> max_tokens;
  bool logprobs = false;
  std::uint32_t top_logprobs = 0;
};

// Takes labels and members from an object schema that has one enumeration of strings and at most one number, and
// nothing else; false for any other, which then asks for no label.
bool read_label_schema(simdjson::dom::element schema, LabelQuestion& out);

// A message's content: a string, or the text of its parts, joined by line feeds.
std::string content_text(simdjson::dom::element content);

// Strings of an array; empty if there is anything else in it.
std::vector<std::string> strings_of(simdjson::dom::element list);

}  // namespace pointsman::simulate
