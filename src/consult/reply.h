// What a small model answered, read as an opinion about the router's categories.
//
// Pure. Any answer gives an opinion: one that is used, with probabilities and where they come from, or kRefused or
// kUnusable with a reason for the log. An answer is used only if it is exactly what was asked for: one of the labels on
// offer, alone or in the JSON object of the schema, each member once. Evidence is taken in this order:
// log-probabilities of the label's tokens, the stated confidence, nothing but the label.
#pragma once

#include <span>
#include <string_view>

#include "classify/opinion.h"
#include "consult/labels.h"
#include "json/document.h"
#include "llm/label_call.h"

namespace pointsman::consult {

// What the answer is an answer to; all of it must outlive the reading.
struct Asked {
  const LabelSet& labels;
  std::span<const int> offered;  // ascending indices of categories; empty: all
  llm::LabelStructure structure = llm::LabelStructure::kJsonSchema;
  bool confidence = false;
};

struct Reply {
  classify::Opinion opinion;
  std::string_view reason;  // why it is not used, or why its log-probabilities are not; a literal, may be empty
};

// One answer. The mass that a stated confidence leaves is spread evenly over the other labels on offer.
Reply read_reply(const llm::LabelAnswer& answer, const Asked& asked, json::Document& document);

// Several answers to the same question, drawn at a temperature above 0: the shares of the labels on offer, each with
// half an answer more (Krichevsky and Trofimov 1981). Answers that cannot be used do not count; `coverage` is the share
// of those that can. If there is none, the first one's outcome and reason.
Reply read_samples(std::span<const llm::LabelAnswer> answers, const Asked& asked, json::Document& document);

}  // namespace pointsman::consult
