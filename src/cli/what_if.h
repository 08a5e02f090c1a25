// Decides recorded requests again under other thresholds or another classifier, and adds up what that would have meant:
// money, where requests would have gone, expected mistakes; each beside what happened.
//
// Nothing is asked of anybody. What the ledger does not hold is not made up: requests that cannot be decided again are
// counted by the reason and left out of both sides. Three things are assumed, and said where they are shown: the other
// model's answer has as many tokens as the one that came; a prompt is in a model's cache only if the conversation would
// have been with that model before; the conversation goes on as it did.
// Entries come oldest first. One thread.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/redecider.h"
#include "cli/what_if_cost.h"
#include "learn/conversation_money.h"
#include "learn/expected_mistakes.h"

namespace pointsman::cli {

// What happened, or what would have.
struct WhatIfSide {
  base::Money money;                              // of the requests whose cost is known on both sides
  std::size_t unknown = 0;                        // requests whose cost is not known on this side
  std::size_t by_classifier = 0;                  // decided by it, alone or with a small model
  std::size_t in_doubt = 0;                       // to the fallback
  std::map<std::string, std::size_t> categories;  // requests decided for each
  std::map<std::string, std::size_t> models;      // requests answered by each
  learn::ExpectedMistakes mistakes;               // among those decided by the classifier, by whoever decided
  learn::ExpectedMistakes second_opinion;         // the same decisions, judged by the other side's classifier
};

struct WhatIfReport {
  std::size_t entries = 0;
  std::size_t replayed = 0;
  std::array<std::size_t, kNotReplayedReasons> not_replayed{};
  std::size_t other_category = 0;  // of those replayed
  std::size_t other_model = 0;
  std::size_t priced = 0;        // cost known on both sides
  std::size_t not_asked = 0;     // a small model would have been asked that was not: what it would say is unknown
  std::size_t not_judged = 0;    // its answer would have been judged before its release (strategy escalate)
  std::size_t cache_lost = 0;    // prompts that were cached and would not have been
  std::size_t without_text = 0;  // classified by their features alone, though the classifier looks at texts as well
  bool without_encoder = false;  // the other classifier would have asked an encoder where it is unsure
  WhatIfSide happened;
  WhatIfSide other;
  learn::ConversationMoney conversations;
  // What happened, by version of the classifier that decided all of a conversation; oldest version first.
  std::vector<std::pair<std::string, learn::ConversationMoney>> versions;
  std::vector<std::string> unknown_categories;  // named in the change, in no policy

  std::size_t skipped() const;
};

class WhatIf {
 public:
  WhatIf(WhatIfChange change, Redecider::PolicySource policies);

  void add(const ledger::Entry& entry);
  // An entry from before the time in question: only to know which conversations had already begun.
  void add_earlier(const ledger::Entry& entry);
  // `now`: when the ledger was read.
  WhatIfReport finish(learn::CallTime now, std::chrono::microseconds gap = learn::kConversationGap);

 private:
  void count(const ledger::Entry& entry, const Again& again, learn::PricedCall& call);
  void count_notes(const ledger::Entry& entry, const Again& again);
  void count_mistakes(const ledger::Entry& entry, const Again& again);
  learn::PricedCall& remember(const ledger::Entry& entry);
  void count_conversations(learn::CallTime now, std::chrono::microseconds gap);

  Redecider redecider_;
  WhatIfCost costs_;
  std::vector<learn::PricedCall> calls_;
  std::vector<std::string> versions_;  // of classifiers, as they came
  std::optional<learn::CallTime> first_;
  WhatIfReport report_;
};

}  // namespace pointsman::cli
