// What learning reads and writes: a ledger's entries, feedback and registry, opened together.
//
// Opened by commands, each of which belongs to one thread; a gateway may have the same ones open.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "config/sources.h"
#include "ledger/backend.h"
#include "ledger/classifier_registry.h"
#include "ledger/feedback_store.h"
#include "ledger/store.h"

namespace pointsman::cli {

struct LearningStores {
  std::unique_ptr<ledger::Reader> ledger;
  std::unique_ptr<ledger::FeedbackStore> feedback;
  std::unique_ptr<ledger::ClassifierRegistry> registry;
};

// kNotFound, saying what makes one, where there is no ledger.
base::Result<LearningStores> open_learning(const ledger::Backend& ledger);

// Who is at the keyboard, for the record: $USER or $LOGNAME, else the user's number.
std::string user_name(const config::Environment& environment);

}  // namespace pointsman::cli
