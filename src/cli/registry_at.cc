#include "cli/registry_at.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/ledger_at.h"

namespace pointsman::cli {

base::Result<LearningStores> open_learning(const ledger::Backend& ledger) {
  LearningStores out;
  auto reader = ledger.reader();
  if (!reader) {
    base::Error error = std::move(reader).error();
    if (error.code() != base::ErrorCode::kNotFound) return base::fail(std::move(error).in(ledger.place()));
    return base::fail(base::ErrorCode::kNotFound, error.message() + "; " + std::string(kMakesALedger));
  }
  out.ledger = std::move(*reader);
  PM_TRY(out.feedback, ledger.feedback(ledger::Access::kWriting));
  PM_TRY(out.registry, ledger.classifiers(ledger::Access::kWriting));
  return out;
}

std::string user_name(const config::Environment& environment) {
  for (const std::string_view variable : {"USER", "LOGNAME"}) {
    const auto name = environment(variable);
    if (name && !name->empty()) return name->substr(0, 128);
  }
  return fmt::format("uid {}", ::getuid());
}

}  // namespace pointsman::cli
