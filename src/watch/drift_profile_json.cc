#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "json/strict_reader.h"
#include "json/writer.h"
#include "watch/drift_profile.h"

namespace pointsman::watch {
namespace {

using base::Result;

constexpr std::string_view kFormat = "pointsman-drift-1";
constexpr std::size_t kMaxRows = 1'000'000'000;
constexpr std::size_t kMaxName = 256;

template <class Values>
std::string list(const Values& values) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const auto& one : values) w.value(one);
  w.end_array();
  return out;
}

class ProfileReader {
 public:
  explicit ProfileReader(std::string_view text) : in_(text, kMaxDriftProfile) {}

  Result<DriftProfile> read() {
    PM_CHECK(in_.open());
    in_.object("a drift profile: an object", {{"format", [&] { format(); }},
                                              {"classifier", [&] { out_.classifier = in_.hash(); }},
                                              {"rows", [&] { out_.rows = in_.count(kMaxRows); }},
                                              {"categories", [&] { categories(); }},
                                              {"confidence_edges", [&] { edges(); }},
                                              {"groups", [&] { groups(); }}});
    if (!in_.failed()) agree();
    PM_CHECK(in_.result());
    return std::move(out_);
  }

 private:
  void format() {
    const std::size_t at = in_.offset();
    if (in_.text(64) != kFormat) in_.wrong(at, fmt::format("expected \"{}\": written by another version?", kFormat));
  }

  void categories() {
    std::set<std::string, std::less<>> names;
    in_.list("a list of categories", kMaxDriftCategories, [&] {
      const std::size_t at = in_.offset();
      out_.categories.push_back(in_.text(kMaxName));
      if (out_.categories.back().empty()) in_.wrong(at, "a category without a name");
      if (!names.insert(out_.categories.back()).second) in_.wrong(at, "a category of this name is there already");
    });
  }

  void edges() {
    in_.list("a list of probabilities", kMaxConfidenceEdges, [&] {
      const std::size_t at = in_.offset();
      const auto edge = static_cast<float>(in_.number(0, 1));
      const bool rises = out_.confidence_edges.empty() ? edge > 0 : edge > out_.confidence_edges.back();
      if (!rises) in_.wrong(at, "the edges must rise, from above 0");
      out_.confidence_edges.push_back(edge);
    });
  }

  void groups() {
    in_.object("the groups: an object", {{"words", [&] { group(DriftGroup::kWords); }},
                                         {"length", [&] { group(DriftGroup::kLength); }},
                                         {"shape", [&] { group(DriftGroup::kShape); }},
                                         {"script", [&] { group(DriftGroup::kScript); }},
                                         {"category", [&] { group(DriftGroup::kCategory); }},
                                         {"confidence", [&] { group(DriftGroup::kConfidence); }},
                                         {"scope", [&] { group(DriftGroup::kScope); }}});
  }

  void group(DriftGroup which) {
    const auto index = static_cast<std::size_t>(which);
    places_[index] = in_.offset();
    std::vector<std::uint32_t>& counts = out_.counts[index];
    in_.list("a list of counts", kMaxDriftBins,
             [&] { counts.push_back(static_cast<std::uint32_t>(in_.count(kMaxRows))); });
  }

  // What single members cannot tell.
  void agree() {
    for (std::size_t i = 0; i < kDriftGroups; ++i) {
      const auto group = static_cast<DriftGroup>(i);
      const std::vector<std::uint32_t>& counts = out_.counts[i];
      if (counts.size() != out_.bins(group)) {
        in_.wrong(places_[i], fmt::format("expected {} counts for \"{}\"", out_.bins(group), to_string(group)));
      }
      if (std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}) != out_.rows) {
        in_.wrong(places_[i], fmt::format("the counts of \"{}\" must add up to the rows", to_string(group)));
      }
    }
  }

  json::StrictReader in_;
  DriftProfile out_;
  std::array<std::size_t, kDriftGroups> places_{};
};

}  // namespace

std::string write_drift_profile(const DriftProfile& profile) {
  std::string out = fmt::format("{{\n  \"format\": \"{}\",\n  \"classifier\": ", kFormat);
  json::Writer(out).value(profile.classifier);
  out += fmt::format(",\n  \"rows\": {},\n  \"categories\": {},\n", profile.rows, list(profile.categories));
  out += fmt::format("  \"confidence_edges\": {},\n  \"groups\": {{", list(profile.confidence_edges));
  for (std::size_t i = 0; i < kDriftGroups; ++i) {
    out += fmt::format("{}\n    \"{}\": {}", i > 0 ? "," : "", to_string(static_cast<DriftGroup>(i)),
                       list(profile.counts[i]));
  }
  return out + "\n  }\n}\n";
}

Result<DriftProfile> read_drift_profile(std::string_view json) {
  return ProfileReader(json).read();
}

}  // namespace pointsman::watch
