// The operators' API of the running gateway: its desk, its people, its live tail, and what it sees of the gateway.
//
// Made by the runtime, which tells it of every change; the desk's threads ask it meanwhile. Outlives the workers.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "admin/desk.h"
#include "admin/handler.h"
#include "admin/live_tail.h"
#include "admin/world.h"
#include "base/result.h"
#include "base/secret.h"

namespace pointsman::app {

class AdminOffice final : public admin::World {
 public:
  explicit AdminOffice(const base::Clock& clock) : clock_(clock) {}

  // Who may sign in from now on. Where nobody is configured, "admin" may, with a password that is made once.
  base::Result<void> admit(const std::optional<config::AdminConfig>& config);
  // What decides from now on.
  void show(const gateway::Lineup& lineup, const config::Config& configured);
  void introduce(admin::Facts facts);
  // Until then the API turns everybody away. `directory` is the ledger's.
  void open(std::string directory, std::uint64_t seed) {
    desk_.start(std::move(directory), *this, staff_, clock_, seed);
  }
  void close() { desk_.stop(); }

  admin::Office for_handlers() { return {desk_, staff_, tail_, clock_}; }
  // The sink of one worker, with the tail listening; lives as long as the office.
  ledger::Sink& watched(ledger::Sink& sink);
  // The password that was made for this run; empty: people are configured.
  const base::Secret& password() const { return password_; }

  admin::Facts facts() const override;
  gateway::Lineup lineup() const override;
  config::Config configured() const override;

 private:
  const base::Clock& clock_;
  admin::Staff staff_;
  admin::LiveTail tail_;
  admin::Desk desk_;
  base::Secret password_;
  std::string password_hash_;
  std::vector<std::unique_ptr<admin::WatchedSink>> sinks_;

  mutable std::mutex mutex_;
  admin::Facts facts_;
  gateway::Lineup lineup_;
  config::Config configured_;
};

}  // namespace pointsman::app
