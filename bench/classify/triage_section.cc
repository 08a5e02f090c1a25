// triage judged on sources that training has not seen: what is sent to the gateway tomorrow comes from people who wrote
// none of the examples. Two readings of "a source": the data's own (49 of them, such as bbh/navigate; siblings of the
// same public set stay), and the whole public set (7, such as all of bbh), which leaves tool_use and simple with a
// single other source. By the linear model alone: the character network takes ten times as long and changes the figures
// by one point.
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "classify/source_holdout.h"
#include "classify/source_sets.h"
#include "learn/json_text.h"
#include "learn/parallel.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr double kAccuracyGoal = 90;
constexpr double kFlagged = 0.95;  // of the streams, for a source to count as flagged
// learn::profile_traffic's 1 % and the 1000 requests of a stream in a million.
constexpr double kFalseAlarmGoal = 1.1;
constexpr std::size_t kQuickSources = 3;

using SourceName = std::function<std::string(const std::string& group)>;

struct Reading {
  std::string name;
  SourceName source_of;
  bool background = false;
  std::vector<Holdout> holdouts;
  std::map<std::string, std::string> category_of;  // of each source
};

double mean(const Reading& reading, const std::function<double(const Holdout&)>& value) {
  double sum = 0;
  for (const Holdout& one : reading.holdouts) sum += value(one);
  return sum / static_cast<double>(reading.holdouts.size());
}

// Mean over categories of the mean over their sources.
double macro_by_category(const Reading& reading) {
  std::map<std::string, std::pair<double, double>> sums;
  for (const Holdout& one : reading.holdouts) {
    auto& [sum, count] = sums[reading.category_of.at(one.source)];
    sum += one.accuracy;
    count += 1;
  }
  double out = 0;
  for (const auto& [name, sum] : sums) out += sum.first / sum.second / static_cast<double>(sums.size());
  return out;
}

bool neither_holds_nor_flagged(const Holdout& one) {
  return one.under_routed > kHoldoutRisk && one.flagged < kFlagged;
}

class Section {
 public:
  Section(SourceSet data, learn::Dataset starter, const BenchOptions& options)
      : data_(std::move(data)), starter_(std::move(starter)), options_(options) {}

  Result<void> run(Reading& reading) {
    for (const auto* part : {&data_.train, &data_.test}) {
      for (const learn::Example& example : part->examples) {
        reading.category_of[reading.source_of(example.group)] = example.category;
      }
    }
    std::vector<std::string> sources;
    for (const auto& [name, category] : reading.category_of) sources.push_back(name);
    if (options_.quick) sources.resize(std::min(sources.size(), kQuickSources));
    std::vector<Holdout> done(sources.size());
    std::optional<base::Error> error;
    std::mutex failing;
    learn::in_parallel(static_cast<int>(sources.size()), options_.threads, [&](int i) {
      const auto at = static_cast<std::size_t>(i);
      auto one = hold_out(plan(reading, sources[at], at + 1));
      const std::scoped_lock lock(failing);
      if (!one) {
        error = one.error();
        return;
      }
      done[at] = std::move(*one);
      done[at].source = sources[at];
    });
    if (error) return base::fail(*error);
    reading.holdouts = std::move(done);
    return {};
  }

 private:
  HoldoutPlan plan(const Reading& reading, const std::string& source, std::uint64_t seed) const {
    HoldoutPlan out{.seed = seed};
    const auto deal = [&](const learn::Dataset& from, learn::Dataset& others) {
      for (const learn::Example& example : from.examples) {
        const bool held_out = reading.source_of(example.group) == source;
        (held_out ? out.held_out : others).examples.push_back(example);
      }
    };
    deal(data_.train, out.train);
    deal(data_.test, out.known);
    out.options.effort = learn::Effort::kFast;
    out.options.threads = 1;
    out.options.folds = 3;
    out.options.keep_examples = false;
    out.options.l2 = {0.06F};
    if (reading.background) out.options.background = without_likenesses(starter_, out.held_out.examples);
    return out;
  }

  SourceSet data_;
  learn::Dataset starter_;
  const BenchOptions& options_;
};

void write(const Reading& reading, learn::JsonText& json) {
  json.open_object().member("reading", std::string_view(reading.name)).member("background", reading.background);
  json.key("sources").open_array();
  for (const Holdout& one : reading.holdouts) {
    json.open_object().member("source", std::string_view(one.source)).member("rows", one.rows);
    json.member("accuracy", one.accuracy).member("confidence", one.confidence);
    json.member("known_accuracy", one.known_accuracy).member("certified", one.certified).member("kept", one.kept);
    json.member("under_routed", one.under_routed).member("known_under_routed", one.known_under_routed);
    json.member("flagged", one.flagged).member("requests_to_flag", one.requests_to_flag);
    json.member("under_routed_watched", one.under_routed_watched).member("false_alarms", one.false_alarms);
    json.close_object();
  }
  json.close_array().close_object();
}

// Sources that are neither kept below the promised risk nor flagged, and what is to be said of them.
struct Unnoticed {
  double count = 0;
  std::string note;
};

Unnoticed unnoticed(const Reading& reading) {
  Unnoticed out;
  int above = 0;
  double worst = 0;
  std::string names;
  for (const Holdout& one : reading.holdouts) {
    above += one.under_routed > kHoldoutRisk ? 1 : 0;
    worst = std::max(worst, one.under_routed_watched);
    if (!neither_holds_nor_flagged(one)) continue;
    out.count += 1;
    names += (names.empty() ? "; " : ", ") + one.source;
  }
  out.note = fmt::format("{} of {} are above 2 % without the flag; worst with it {:.1f} % of {} requests{}", above,
                         reading.holdouts.size(), 100 * worst, kHoldoutRequests, names);
  return out;
}

// `bare` is the same without background examples.
void judge(const Reading& reading, const Reading& bare, SectionResult& out) {
  const auto add = [&](std::string_view what, double value, std::string unit, double goal, bool at_least,
                       std::string note) {
    const bool holds = at_least ? value >= goal : value <= goal;
    out.targets.push_back({fmt::format("{}: {}", reading.name, what), value, std::move(unit), goal, holds, note});
  };
  const auto accuracy = [](const Holdout& one) { return one.accuracy; };
  const double confidence = mean(reading, [](const Holdout& one) { return one.confidence; });
  const double known = mean(reading, [](const Holdout& one) { return one.known_accuracy; });
  add("macro accuracy", 100 * mean(reading, accuracy), "%", kAccuracyGoal, true,
      fmt::format("mean over {} sources; mean confidence {:.3f}; known sources {:.1f} %; without background {:.1f} %",
                  reading.holdouts.size(), confidence, 100 * known, 100 * mean(bare, accuracy)));
  add("macro accuracy by category", 100 * macro_by_category(reading), "%", kAccuracyGoal, true,
      "mean over categories of the mean over their sources");
  const Unnoticed some = unnoticed(reading);
  add("sources neither under 2 % nor flagged", some.count, "", 0, false, some.note);
  const Unnoticed without = unnoticed(bare);
  add("the same without background", without.count, "", 0, false, without.note);
  add("false alarms on known sources", 100 * mean(reading, [](const Holdout& one) { return one.false_alarms; }),
      "% of streams", kFalseAlarmGoal, false, fmt::format("streams of {} requests", kHoldoutRequests));
}

}  // namespace

Result<SectionResult> triage_section(const BenchOptions& options) {
  PM_TRY(SourceSet data, load_triage_sources(options.data));
  PM_TRY(learn::Dataset starter, load_starter());
  Section section(std::move(data), std::move(starter), options);
  const SourceName own = [](const std::string& group) { return group; };
  Reading readings[] = {{.name = "source", .source_of = own, .background = true},
                        {.name = "source", .source_of = own},
                        {.name = "whole set", .source_of = set_of, .background = true},
                        {.name = "whole set", .source_of = set_of}};
  SectionResult out{.name = "triage"};
  for (Reading& reading : readings) {
    PM_CHECK(section.run(reading));
    learn::JsonText json;
    write(reading, json);
    out.details_json += (out.details_json.empty() ? "[" : ",") + json.take();
  }
  out.details_json += "]";
  for (std::size_t i = 0; i < std::size(readings); i += 2) judge(readings[i], readings[i + 1], out);
  return out;
}

}  // namespace pointsman::bench
