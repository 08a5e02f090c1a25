// Labelled requests, each with what the classifier and the small model say of it: asks about those whose answer is not
// kept yet, and keeps what comes.
// One thread, which is busy until everything is asked; what it learns of costs and times is for the report.
#pragma once

#include <string>
#include <vector>

#include "cli/kept_answers.h"
#include "cli/output.h"
#include "gateway/consultant.h"

namespace pointsman::cli {

// What asking came to, over all rows.
struct AskingBill {
  std::size_t asked = 0;                   // questions of this run
  std::size_t kept_before = 0;             // answers that were there already
  std::optional<double> dollars;           // paid in this run; nothing: nobody knows
  std::optional<double> question_dollars;  // mean of all answers
  std::chrono::microseconds median{0};     // time of an answer
  double late = 0;                         // share of the answers that took longer than router.llm.deadline
  std::chrono::milliseconds deadline{0};
};

// A request to ask about.
struct Surveyed {
  std::string_view text;
  std::vector<float> local;  // the classifier's probabilities, per category of the configuration; empty: none runs
};

class OpinionSurvey {
 public:
  // All outlive it. `progress` is standard error.
  OpinionSurvey(gateway::ConsultantPtr by, std::span<const Surveyed> requests, KeptAnswers& answers, Output& progress);

  // Asks about every text whose answer is not there, each once. Fails if the provider does, or the file cannot be
  // written; what was answered until then is kept.
  base::Result<void> ask();

  // The answer about a request; null: nobody answered.
  const KeptAnswer* answer(std::size_t request) const { return answers_.find(keys_[request]); }
  // `deadline` is the one that serving has.
  AskingBill bill(std::chrono::milliseconds deadline) const;
  // The first thing that went wrong, if anything did.
  const std::string& first_failure() const { return first_failure_; }

 private:
  void show_progress(std::size_t all);

  gateway::ConsultantPtr by_;
  std::span<const Surveyed> requests_;
  KeptAnswers& answers_;
  Output& progress_;
  std::vector<std::string> keys_;    // of each request
  std::vector<std::size_t> to_ask_;  // requests, one for each key without an answer
  std::size_t kept_before_ = 0;
  std::size_t asked_ = 0;
  std::optional<base::Money> paid_{base::Money{}};
  std::string first_failure_;
  base::MonoTime began_{};
  base::MonoTime shown_{};
};

// Names a question: the text as it counts, what was on offer, and everything it was asked with.
std::string question_key(const gateway::Consultant& by, std::string_view text, std::span<const int> offered);

}  // namespace pointsman::cli
