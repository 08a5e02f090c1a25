#include "classify/pairing.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "classify/artefact.h"
#include "json/strict_reader.h"
#include "json/writer.h"

namespace pointsman::classify {

using base::Result;

namespace {

constexpr std::string_view kFormat = "pointsman-pairing-1";
constexpr std::size_t kMaxText = 4096;
constexpr std::size_t kMaxHash = 64;
constexpr std::size_t kMaxRows = 1'000'000'000;
constexpr double kMaxWeight = 1e6;

// ---- writing

std::string quoted(std::string_view text) {
  std::string out;
  json::Writer(out).value(text);
  return out;
}

std::string threshold_json(float threshold) {
  return threshold > 1 ? "null" : fmt::format("{}", threshold);
}

std::string categories_json(const Pairing& pairing) {
  std::string out = "[";
  for (const PairedCategory& one : pairing.categories) {
    out += fmt::format("{}\n    {{\"name\": {}, \"local\": {}, \"pooled\": {}}}", out.size() > 1 ? "," : "",
                       quoted(one.name), threshold_json(one.local), threshold_json(one.pooled));
  }
  return out + "\n  ]";
}

std::string opinions_json(const Combination& opinions) {
  std::string out = "{";
  for (std::size_t i = 0; i < kOpinionSources; ++i) {
    const auto source = static_cast<OpinionSource>(i);
    const auto& weights = opinions.weights(source);
    if (!weights) continue;
    out += fmt::format("{}\n    {}: {{\"local\": {}, \"model\": {}, \"floor\": {}, \"stray\": {}}}",
                       out.size() > 1 ? "," : "", quoted(to_string(source)), weights->local, weights->model,
                       weights->floor, weights->stray);
  }
  return out + "\n  }";
}

std::string levels_json(const TrafficProfile& traffic) {
  std::string out = fmt::format("{{\"rows\": {}, \"doubt\": [", traffic.rows);
  for (const DoubtLevel& one : traffic.levels) {
    out += fmt::format("{}\n    {{\"below\": {}, \"at_most\": {}}}", out.ends_with('[') ? "" : ",", one.below,
                       one.at_most);
  }
  return out + "\n  ]}";
}

// ---- reading

class PairingReader {
 public:
  explicit PairingReader(std::string_view text) : in_(text, kMaxPairing) {}

  Result<Pairing> read() {
    PM_CHECK(in_.open());
    top();
    PM_CHECK(in_.result());
    agree();
    PM_CHECK(in_.result());
    return std::move(out_);
  }

 private:
  using In = json::StrictReader;

  void top() {
    in_.object("a pairing: an object", {{"format", [this] { format(); }},
                                        {"classifier", [this] { classifier(); }},
                                        {"model", [this] { out_.model = in_.text(kMaxText); }},
                                        {"prompt_version", [this] { out_.prompt_version = in_.text(kMaxHash); }},
                                        {"risk", [this] { risk(); }},
                                        {"certified", [this] { out_.certified = in_.flag(); }},
                                        {"opinions", [this] { opinions(); }},
                                        {"categories", [this] { categories(); }},
                                        {"evidence", [this] { evidence(); }},
                                        {"asked_share", [this] { out_.asked_share = in_.number(0, 1); }},
                                        {"kept_share", [this] { out_.kept_share = in_.number(0, 1); }},
                                        {"traffic", [this] { traffic(); }, In::kOptional},
                                        {"next", [this] { out_.next = in_.text(kMaxText); }, In::kOptional}});
  }

  void format() {
    const std::size_t at = in_.offset();
    if (in_.text(kMaxText) != kFormat) {
      in_.wrong(at, fmt::format("expected \"{}\": written by another version?", kFormat));
    }
  }
  void classifier() {
    if (!in_.skip_if_null()) out_.classifier = in_.hash();
  }

  void risk() {
    in_.object("the risk: an object", {{"kind", [this] { kind(); }},
                                       {"at_most", [this] { out_.at_most = in_.number(1e-9, 1); }},
                                       {"confidence", [this] { out_.confidence = in_.number(1e-9, 1 - 1e-9); }}});
  }
  void kind() {
    const std::size_t at = in_.offset();
    const std::string name = in_.text(kMaxText);
    for (const RiskKind one : {RiskKind::kUnderRouting, RiskKind::kAnyMistake, RiskKind::kCost}) {
      if (name != to_string(one)) continue;
      out_.kind = one;
      return;
    }
    in_.wrong(at, "expected under_routing, any_mistake or cost");
  }

  void opinions() {
    in_.object("what opinions are worth: an object",
               {{"logprobs", [this] { weights(OpinionSource::kLogprobs); }, In::kOptional},
                {"stated", [this] { weights(OpinionSource::kStated); }, In::kOptional},
                {"sampled", [this] { weights(OpinionSource::kSampled); }, In::kOptional},
                {"bare", [this] { weights(OpinionSource::kBare); }, In::kOptional}});
  }
  void weights(OpinionSource source) {
    PoolWeights out;
    in_.object("weights: an object", {{"local", [&] { out.local = static_cast<float>(in_.number(0, kMaxWeight)); }},
                                      {"model", [&] { out.model = static_cast<float>(in_.number(0, kMaxWeight)); }},
                                      {"floor", [&] { out.floor = static_cast<float>(in_.number(1e-9, 1)); }},
                                      {"stray", [&] { out.stray = static_cast<float>(in_.number(0, 1)); }}});
    out_.opinions.set(source, out);
  }

  void categories() {
    categories_at_ = in_.offset();
    in_.list("a list of categories", kMaxCategories, [this] {
      PairedCategory& one = out_.categories.emplace_back();
      in_.object("a category: an object", {{"name", [&] { name(one); }},
                                           {"local", [&] { one.local = threshold(); }},
                                           {"pooled", [&] { one.pooled = threshold(); }}});
    });
  }
  void name(PairedCategory& category) {
    const std::size_t at = in_.offset();
    category.name = in_.text(kMaxCategoryName);
    if (category.name.empty()) in_.wrong(at, "a category without a name");
    if (!names_.insert(category.name).second) in_.wrong(at, "a category of this name is there already");
  }
  float threshold() { return in_.skip_if_null() ? kNeverKeep : static_cast<float>(in_.number(0, 1)); }

  void evidence() {
    RiskEvidence& out = out_.evidence;
    evidence_at_ = in_.offset();
    in_.object("the evidence: an object", {{"rows", [&] { out.rows = in_.count(kMaxRows); }},
                                           {"kept", [&] { out.kept = in_.count(kMaxRows); }},
                                           {"lost", [&] { out.lost = in_.number(0, static_cast<double>(kMaxRows)); }},
                                           {"bound", [&] { out.bound = in_.number(0, 1); }},
                                           {"method", [&] { out.method = in_.text(kMaxText); }},
                                           {"data", [&] { out.data = in_.hash(); }}});
  }

  void traffic() {
    in_.object("what requests looked like: an object",
               {{"rows", [this] { out_.traffic.rows = in_.count(kMaxRows); }}, {"doubt", [this] { doubt(); }}});
  }
  void doubt() {
    std::vector<DoubtLevel>& levels = out_.traffic.levels;
    in_.list("a list of levels of doubt", ShiftDetector::kMaxLevels, [&] {
      const std::size_t at = in_.offset();
      DoubtLevel level;
      in_.object("a level of doubt: an object", {{"below", [&] { level.below = static_cast<float>(in_.number(0, 1)); }},
                                                 {"at_most", [&] { level.at_most = in_.number(0, 1); }}});
      if (!levels.empty() && level.below <= levels.back().below) in_.wrong(at, "the levels of doubt must rise");
      levels.push_back(level);
    });
  }

  // What single members cannot tell.
  void agree() {
    const bool keeps =
        std::ranges::any_of(out_.categories, [](const auto& one) { return std::min(one.local, one.pooled) <= 1; });
    const RiskEvidence& evidence = out_.evidence;
    if (out_.categories.empty()) in_.wrong(categories_at_, "there are no categories");
    if (out_.certified && !keeps) in_.wrong(categories_at_, "certified, but no category has a threshold");
    if (!out_.certified && keeps) in_.wrong(categories_at_, "nothing is certified, so every threshold must be null");
    if (evidence.kept > evidence.rows) in_.wrong(evidence_at_, "more rows are kept than there are");
    if (evidence.lost > static_cast<double>(evidence.kept)) in_.wrong(evidence_at_, "more is lost than is kept");
    if (out_.certified && evidence.bound > out_.at_most * (1 + 1e-9)) {
      in_.wrong(evidence_at_, "the bound is above the promised risk");
    }
    if (!out_.certified && out_.next.empty()) {
      in_.wrong(evidence_at_, "\"next\" is missing: what to do when nothing is certified");
    }
  }

  In in_;
  Pairing out_;
  std::set<std::string, std::less<>> names_;
  std::size_t categories_at_ = 0;
  std::size_t evidence_at_ = 0;
};

}  // namespace

std::string write_pairing(const Pairing& one) {
  const RiskEvidence& evidence = one.evidence;
  std::string out = fmt::format("{{\n  \"format\": \"{}\",\n", kFormat);
  out += fmt::format("  \"classifier\": {},\n", one.classifier.empty() ? "null" : quoted(one.classifier));
  out += fmt::format("  \"model\": {},\n  \"prompt_version\": {},\n", quoted(one.model), quoted(one.prompt_version));
  out += fmt::format("  \"risk\": {{\"kind\": \"{}\", \"at_most\": {}, \"confidence\": {}}},\n", to_string(one.kind),
                     one.at_most, one.confidence);
  out += fmt::format("  \"certified\": {},\n  \"opinions\": {},\n", one.certified, opinions_json(one.opinions));
  out += fmt::format("  \"categories\": {},\n", categories_json(one));
  out += fmt::format(
      "  \"evidence\": {{\"rows\": {}, \"kept\": {}, \"lost\": {}, \"bound\": {}, \"method\": {}, \"data\": {}}},\n",
      evidence.rows, evidence.kept, evidence.lost, evidence.bound, quoted(evidence.method), quoted(evidence.data));
  out += fmt::format("  \"asked_share\": {},\n  \"kept_share\": {}", one.asked_share, one.kept_share);
  if (!one.traffic.levels.empty()) out += fmt::format(",\n  \"traffic\": {}", levels_json(one.traffic));
  if (!one.next.empty()) out += fmt::format(",\n  \"next\": {}", quoted(one.next));
  return out + "\n}\n";
}

Result<Pairing> read_pairing(std::string_view json) {
  return PairingReader(json).read();
}

}  // namespace pointsman::classify
