#include "cli/judged_scores.h"

#include <algorithm>

#include "learn/evaluate.h"

namespace pointsman::cli {

base::Result<JudgedScores> JudgedScores::of(const classify::LinearModel* model, const Harvest& harvest) {
  JudgedScores out;
  out.width_ = harvest.categories.size();
  out.values_.assign(harvest.judged.size() * out.width_, 0);
  if (model == nullptr) return out;
  const auto scratch = model->make_scratch();
  std::vector<float> raw(model->categories().size());
  std::vector<int> place;
  for (const std::string& name : model->categories()) {
    const auto at = std::ranges::find(harvest.categories, name);
    place.push_back(at == harvest.categories.end() ? -1 : static_cast<int>(at - harvest.categories.begin()));
  }
  for (std::size_t i = 0; i < harvest.judged.size(); ++i) {
    PM_CHECK(learn::classify_example(*model, harvest.judged[i].example, *scratch, raw));
    for (std::size_t c = 0; c < raw.size(); ++c) {
      if (place[c] >= 0) out.values_[i * out.width_ + static_cast<std::size_t>(place[c])] = raw[c];
    }
  }
  return out;
}

}  // namespace pointsman::cli
