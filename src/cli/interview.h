// Asks the small model about many texts at once, the way the gateway asks about one: the same prompt, the same reading,
// the same connections; but patiently, since what is measured here is what it says, not how fast.
//
// Runs an event loop of its own in the calling thread until everything is asked. What could not be answered is tried
// again a few times; where one question after another fails, it gives up.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/consultant.h"
#include "gateway/opinion_call.h"

namespace pointsman::cli {

// Whether a model that is asked as `heard` came to be would say the same again: it answered, if not as it should.
bool answered(const gateway::Heard& heard);

struct InterviewQuestion {
  std::string_view text;
  std::span<const float> local;  // what the classifier thinks, per category; may be empty
};

struct InterviewLimits {
  int at_a_time = 16;
  int tries = 3;                                   // for one question
  std::size_t failures_in_a_row = 24;              // of questions: then it gives up
  base::Duration pause = std::chrono::seconds(1);  // before a question is tried again; doubles
};

// `told` hears of every question once, in the order in which they end, also of those that nobody answered; an error
// that it returns ends everything. Otherwise the error is the first thing that the provider or the network said.
base::Result<void> interview(const gateway::ConsultantPtr& by, std::span<const InterviewQuestion> questions,
                             const std::function<base::Result<void>(std::size_t, const gateway::Heard&)>& told,
                             const InterviewLimits& limits = {});

// The configuration to ask with: as it is, but for limits that are there to protect requests.
config::Config patient(config::Config config);

}  // namespace pointsman::cli
