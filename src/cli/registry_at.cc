#include "cli/registry_at.h"

#include <fmt/format.h>
#include <unistd.h>

#include "ledger_sqlite/classifier_registry.h"
#include "ledger_sqlite/feedback_store.h"
#include "ledger_sqlite/reader.h"

namespace pointsman::cli {

base::Result<LearningStores> open_learning(const std::string& directory) {
  LearningStores out;
  auto reader = ledger_sqlite::open_reader(directory);
  if (!reader) {
    base::Error error = std::move(reader).error();
    if (error.code() != base::ErrorCode::kNotFound) return base::fail(std::move(error).in(directory));
    return base::fail(base::ErrorCode::kNotFound,
                      error.message() + "; it is made when `pointsman serve` starts, and --ledger DIR names another one");
  }
  out.ledger = std::move(*reader);
  PM_TRY(out.feedback, ledger_sqlite::open_feedback_store(directory));
  PM_TRY(out.registry, ledger_sqlite::open_classifier_registry(directory));
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
