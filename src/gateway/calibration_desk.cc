#include "gateway/calibration_desk.h"

#include <algorithm>
#include <utility>

namespace pointsman::gateway {

using base::Result;
using tokens::Measure;

CalibrationTable::CalibrationTable(std::vector<Model> models) : models_(std::move(models)) {
  std::ranges::sort(models_, {}, &Model::identity);
}

const CalibrationTable::Model* CalibrationTable::find(std::uint32_t identity) const {
  const auto found = std::ranges::lower_bound(models_, identity, {}, &Model::identity);
  return found != models_.end() && found->identity == identity ? &*found : nullptr;
}

std::string_view to_string(Measure measure) {
  return measure == Measure::kO200k ? "o200k" : "bytes";
}

Result<void> CalibrationDesk::restore(const std::vector<ledger::KeptCalibration>& kept) {
  Result<void> done;
  for (const ledger::KeptCalibration& one : kept) {
    auto read = tokens::Calibration::from_text(one.state);
    if (read && to_string(read->measure()) != one.measure)
      read = base::fail(base::ErrorCode::kParse, "another measure");
    if (!read) {
      if (done) done = base::fail(std::move(read).error().in("calibration of " + one.model + " at " + one.provider));
      continue;
    }
    known_[{one.provider, one.model, read->measure()}] = {.calibration = *read, .kept = true};
    news_ = true;
  }
  return done;
}

void CalibrationDesk::absorb(UsageFeed& feed, const route::Market& market) {
  feed.take([&](const UsagePair& pair) {
    const auto index = market.find_identity(pair.identity);
    if (!index || pair.measured <= 0 || pair.reported <= 0) return;
    const route::Model& model = market.model(*index);
    const Name name{model.provider, model.upstream_name, pair.measure};
    auto found = known_.find(name);
    if (found == known_.end()) found = known_.emplace(name, Known{tokens::Calibration(pair.measure)}).first;
    found->second.calibration.add(pair.measured, pair.reported);
    found->second.kept = false;
    news_ = true;
  });
}

tokens::TokenRatios CalibrationDesk::ratios(const route::Model& model, Measure measure) const {
  const auto found = known_.find({model.provider, model.upstream_name, measure});
  return found != known_.end() ? found->second.calibration.ratios() : tokens::TokenRatios{.measure = measure};
}

CalibrationTablePtr CalibrationDesk::publish(const route::Market& market) {
  std::vector<std::uint32_t> identities;
  for (route::ModelIndex i = 0; i < market.models().size(); ++i) identities.push_back(market.identity(i));
  if (!news_ && identities == published_) return nullptr;
  std::vector<CalibrationTable::Model> models;
  for (route::ModelIndex i = 0; i < market.models().size(); ++i) {
    const bool twin = std::ranges::find(models, identities[i], &CalibrationTable::Model::identity) != models.end();
    CalibrationTable::Model one{.identity = identities[i],
                                .counted = ratios(market.model(i), Measure::kO200k),
                                .bytes = ratios(market.model(i), Measure::kBytes)};
    if (!twin && one.counted.pairs + one.bytes.pairs > 0) models.push_back(one);
  }
  published_ = std::move(identities);
  news_ = false;
  return std::make_shared<const CalibrationTable>(std::move(models));
}

std::vector<ledger::KeptCalibration> CalibrationDesk::take_changed() {
  std::vector<ledger::KeptCalibration> out;
  for (auto& [name, known] : known_) {
    if (std::exchange(known.kept, true)) continue;
    const auto& [provider, model, measure] = name;
    out.push_back({.provider = provider,
                   .model = model,
                   .measure = std::string(to_string(measure)),
                   .state = known.calibration.to_text()});
  }
  return out;
}

}  // namespace pointsman::gateway
