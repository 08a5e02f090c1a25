// Learns how models count tokens from what their upstreams report, for the whole process: takes what workers tell,
// keeps one calibration for each provider, model and measure, and makes the tables that workers decide by.
//
// Belongs to one thread (the main one); a table is immutable and shared. The order in which workers are heard does not
// matter: each pair is one more observation, whoever made it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "gateway/usage_feed.h"
#include "ledger/calibration.h"
#include "route/market.h"
#include "tokens/calibration.h"

namespace pointsman::gateway {

// What is known of all models at one instant.
class CalibrationTable {
 public:
  struct Model {
    std::uint32_t identity = 0;
    tokens::TokenRatios counted{.measure = tokens::Measure::kO200k};
    tokens::TokenRatios bytes{.measure = tokens::Measure::kBytes};
  };

  explicit CalibrationTable(std::vector<Model> models);
  // Null: nothing is known of it.
  const Model* find(std::uint32_t identity) const;

 private:
  std::vector<Model> models_;  // by identity
};
using CalibrationTablePtr = std::shared_ptr<const CalibrationTable>;

std::string_view to_string(tokens::Measure measure);  // "o200k", "bytes", as in the ledger

class CalibrationDesk {
 public:
  // What an earlier process has kept; before anything else is heard. Fails with the first row that cannot be read, and
  // goes on with the others.
  base::Result<void> restore(const std::vector<ledger::KeptCalibration>& kept);
  // Hears what came, of models that `market` has.
  void absorb(UsageFeed& feed, const route::Market& market);
  // A new table, if anything was heard or restored since the last one for that market; otherwise null.
  CalibrationTablePtr publish(const route::Market& market);
  // What has changed since the last time, to be kept.
  std::vector<ledger::KeptCalibration> take_changed();

 private:
  using Name = std::tuple<std::string, std::string, tokens::Measure>;  // provider, model, measure
  struct Known {
    tokens::Calibration calibration;
    bool kept = true;  // as it is
  };

  tokens::TokenRatios ratios(const route::Model& model, tokens::Measure measure) const;

  std::map<Name, Known> known_;
  std::vector<std::uint32_t> published_;  // identities that the last table was made for
  bool news_ = false;
};

}  // namespace pointsman::gateway
