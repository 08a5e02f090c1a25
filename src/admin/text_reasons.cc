#include "admin/text_reasons.h"

#include <algorithm>
#include <array>
#include <optional>

#include "classify/reasons.h"

namespace pointsman::admin {
namespace {

constexpr std::size_t kNearest = 5;
constexpr std::size_t kWords = 8;

std::shared_ptr<const classify::LinearModel> of_snapshot(const gateway::SnapshotPtr& snapshot,
                                                         std::string_view version) {
  if (!snapshot || !snapshot->classifier || snapshot->classifier->version() != version) return nullptr;
  return std::dynamic_pointer_cast<const classify::LinearModel>(snapshot->classifier);
}

void write_nearest(json::Writer& out, const classify::Reasons& reasons, const classify::LinearModel& model) {
  for (const classify::NearExample& one : reasons.nearest) {
    out.begin_object().member("category", model.categories()[one.category]).member("likeness", one.similarity);
    out.member("text", one.text).member("source", "training").end_object();
  }
}

void write_words(json::Writer& out, const classify::Reasons& reasons) {
  const auto gathered = classify::with_letters_gathered(reasons.features);
  for (std::size_t i = 0; i < std::min(gathered.size(), kWords); ++i) {
    const bool letters = gathered[i].kind == text::FeatureKind::kGram;
    out.begin_object().member("what", letters ? "letters of" : to_string(gathered[i].kind));
    out.member("text", gathered[i].text).member("weight", gathered[i].log_odds).end_object();
  }
}

}  // namespace

// What cannot be read is treated as what is not there: the page says what else it knows.
std::shared_ptr<const classify::LinearModel> find_classifier(std::string_view version, const gateway::Lineup& lineup,
                                                             Books& books) {
  if (version.empty()) return nullptr;
  for (const gateway::SnapshotPtr& one : {lineup.champion, lineup.canary}) {
    if (auto found = of_snapshot(one, version)) return found;
  }
  const auto registry = books.registry();
  if (!registry) return nullptr;
  auto bytes = (*registry)->artefact(version);
  if (!bytes) return nullptr;
  auto model = classify::LinearModel::from_string(std::move(*bytes));
  return model ? std::move(*model) : nullptr;
}

void write_text_reasons(json::Writer& out, const classify::LinearModel* model, const classify::Input& input) {
  std::optional<classify::Reasons> reasons;
  if (model != nullptr && !input.text.empty()) {
    if (auto made = classify::reasons_for(*model, input, kNearest)) reasons = std::move(*made);
  }
  out.key("nearest").begin_array();
  if (reasons) write_nearest(out, *reasons, *model);
  out.end_array().key("words").begin_array();
  if (reasons) write_words(out, *reasons);
  out.end_array();
}

}  // namespace pointsman::admin
