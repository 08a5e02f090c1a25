// What the operators' API sees of the running gateway, and the few things it may start there.
//
// Implemented by the composition root (app/admin_world.h). Safe from any thread; but for ask(), no call waits for long.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/live_state.h"
#include "base/clock.h"
#include "cli/blocking_client.h"
#include "config/config.h"
#include "config/sources.h"
#include "gateway/lineup.h"
#include "limits/quota_outcome.h"

namespace pointsman::admin {

struct Facts {
  std::string version;
  std::string base_url;     // of the first client listener: "http://127.0.0.1:8080/v1"
  std::string config_file;  // empty: none, built-in defaults serve
  base::WallTime started{};
  base::WallTime loaded{};  // when the configuration in force was read
};

// A request to the gateway's own first client listener.
struct OwnRequest {
  std::string path;                            // "/v1/chat/completions"
  std::string body;                            // JSON
  std::chrono::milliseconds patience{60'000};  // for all of the answer
  std::size_t most_answer = std::size_t{1} << 20;
};

class World {
 public:
  virtual ~World() = default;
  virtual Facts facts() const = 0;
  // What decides at present.
  virtual gateway::Lineup lineup() const = 0;
  // The configuration as it was read, before a promoted classifier took its place in it.
  virtual config::Config configured() const = 0;
  // The variables that the configuration was filled from.
  virtual config::Environment environment() const = 0;

  // Why the ledger takes no more entries; empty: it does.
  virtual std::string ledger_failure() const = 0;
  // Whether a request needs a key at present.
  virtual bool needs_key() const = 0;
  // One for each model of the lineup's champion, in any order; a model that no worker has asked yet may be missing.
  virtual std::vector<ModelHealth> model_health() const = 0;
  // Budgets as the running gateway counts them, by node (gateway::node_of for a key, an owner's name for an owner).
  virtual std::vector<limits::NodeReport> quotas() const = 0;

  virtual TrainingState training() const = 0;
  // Nothing: no canary is on trial, or it cannot be watched.
  virtual std::optional<TrialState> trial() const = 0;
  // Has `pointsman train --from-ledger` started as a child, within a moment. kOverloaded if one runs already,
  // kUnsupported if there is no configuration file to train by.
  virtual base::Result<void> train() = 0;

  // A classifier that the configuration names ("builtin", a path), for the gate.
  virtual base::Result<std::shared_ptr<const classify::Classifier>> load_classifier(const std::string& name) const = 0;

  // Everything that was recorded before the call can be read when it returns.
  virtual base::Result<void> commit_ledger() = 0;

  // Asks this gateway as a client would, with a key that only this process knows and entries of the key
  // gateway::kDashboardKey; waits for the whole answer. kTimeout, kTooLarge, kConnect; kUnsupported if there is no
  // listener it can ask (all speak TLS).
  virtual base::Result<cli::HttpAnswer> ask(const OwnRequest& request) const = 0;
};

}  // namespace pointsman::admin
