// Which classifiers of the registry serve in what role, as far as this process knows; and loading them.
//
// Belongs to the main thread. Until something was ever promoted there may be no registry, and looking for one costs one
// system call.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "gateway/snapshot.h"
#include "ledger/backend.h"

namespace pointsman::app {

struct Roles {
  ledger::ClassifierVersion champion;  // an empty version: the configured classifier
  ledger::ClassifierVersion canary;    // an empty version: nobody
  ledger::ClassifierVersion shadow;
  double share = 0;  // of the canary
  base::WallTime canary_since{};

  bool operator==(const Roles& other) const;
};

// The configuration with that classifier in the configured one's place, with its proofs; unchanged for an empty
// version.
base::Result<config::Config> with_classifier(config::Config config, const ledger::ClassifierVersion& version);

class ClassifierWatch {
 public:
  explicit ClassifierWatch(ledger::BackendPtr backend) : backend_(std::move(backend)) {}

  // Whether the registry has changed since roles() or changed() last looked.
  base::Result<bool> changed();
  base::Result<Roles> roles();
  // A classifier of the registry by the name that with_classifier() gave it; any other name goes to `others`.
  base::Result<std::shared_ptr<const classify::Classifier>> load(const std::string& name,
                                                                 const gateway::ClassifierLoader& others);

 private:
  // Null: there is none yet.
  base::Result<ledger::ClassifierRegistry*> registry();

  const ledger::BackendPtr backend_;
  std::unique_ptr<ledger::ClassifierRegistry> registry_;
  std::int64_t serial_ = 0;
};

}  // namespace pointsman::app
