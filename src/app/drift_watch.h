// Watches whether requests still look as they did when the present classifier went live (watch/drift.h): the first
// thousand conversations that it saw are the reference.
//
// Belongs to the main thread. The reference is kept in a file, so that a restart goes on from it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "gateway/trial_feed.h"
#include "text/tokens.h"
#include "watch/drift.h"

namespace pointsman::app {

class DriftWatch {
 public:
  static constexpr std::size_t kReference = 1000;  // conversations

  // `file` is read if it is about the same classifier, and written once the reference is complete.
  DriftWatch(std::string classifier, std::vector<std::string> categories, std::string file, std::uint64_t seed);

  // What has changed by this request, in words for people; empty: nothing.
  std::vector<std::string> see(const gateway::SeenRequest& request);

  const std::string& classifier() const { return classifier_; }
  bool raised(watch::DriftKind kind) const;
  std::vector<watch::DriftFinding> findings() const;

 private:
  void complete();

  std::string classifier_;
  std::vector<std::string> categories_;
  std::string file_;
  base::Rng rng_;
  text::Tokens tokens_;
  std::vector<watch::DriftObservation> reference_;
  std::optional<watch::DriftMonitor> monitor_;
};

}  // namespace pointsman::app
