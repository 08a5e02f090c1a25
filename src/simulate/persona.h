// One simulated provider's character and books, shared by every loop that serves it. Immutable but for the bill, which
// is safe from any thread.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "simulate/answer_book.h"
#include "simulate/bill.h"
#include "simulate/fault.h"
#include "simulate/options.h"

namespace pointsman::simulate {

class Persona {
 public:
  // kInvalidArgument naming the provider and what is wrong with its options.
  static base::Result<std::shared_ptr<Persona>> make(ProviderOptions options);
  Persona(ProviderOptions checked, FaultPlan plan);

  const ProviderOptions& options() const { return options_; }
  const AnswerBook& book() const { return book_; }
  const FaultPlan& faults() const { return faults_; }
  const std::string& fingerprint() const { return fingerprint_; }
  Bill& bill() { return bill_; }

  bool serves(std::string_view model) const;
  bool instant() const { return options_.timing.first_token_ms <= 0 && options_.timing.tokens_per_second <= 0; }
  std::int64_t created() const;

 private:
  ProviderOptions options_;
  AnswerBook book_;
  FaultPlan faults_;
  std::string fingerprint_;
  Bill bill_;
};

}  // namespace pointsman::simulate
