// One decision as a person sees it who is to say what the right category was: the text, who decided what and how
// surely, why this decision was chosen, and which key means which category.
//
// Plain text lines without colour. Whatever came from outside (texts, names) goes through text/safe_lines.h, so that it
// can neither steer the terminal nor pass for a line of the card. Pure, any thread; plain values of the caller.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"

namespace pointsman::learn {

// What one stage thinks of a decision: the classifier, the small model, the nearest labelled examples.
struct StageOpinion {
  std::string stage;
  std::vector<float> probabilities;  // one per category; empty: it said nothing...
  std::string remark;                // ... for this reason, or something to add
};

struct LabelItem {
  std::string id;  // of the decision
  base::WallTime when;
  std::string text;      // empty: it was not kept
  std::string context;   // the user message before it, or empty
  std::string category;  // that was decided; empty: none, the fallback answered
  std::string stage;     // that decided
  std::string model;     // that answered
  std::optional<base::Money> cost;
  std::vector<StageOpinion> opinions;
  std::string why;  // it was chosen
};

// A key and what it chooses.
struct LabelChoice {
  char key = '1';
  std::string_view category;
};

struct CardSize {
  std::size_t columns = 80;
  std::size_t text_lines = 12;
  std::size_t context_lines = 3;
};

// What is known of the decision.
std::vector<std::string> card_lines(const LabelItem& item, std::span<const std::string> categories,
                                    const CardSize& size);

// The choices side by side, in as many columns as fit.
std::vector<std::string> choice_lines(std::span<const LabelChoice> choices, std::size_t columns);

}  // namespace pointsman::learn
