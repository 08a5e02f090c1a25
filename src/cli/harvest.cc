#include "cli/harvest.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/hash.h"
#include "cli/recorded_policy.h"
#include "config/policy.h"
#include "ledger/signals.h"

namespace pointsman::cli {
namespace {

using base::Result;
using learn::LessonSource;
using learn::Testimony;
using ledger::Entry;
using ledger::Feedback;

constexpr std::string_view kOverHttp = "api:";
constexpr std::string_view kByKey = "key:";

// Whole days, so that training again on the same day gives the same artefact.
double days_between(base::WallTime earlier, base::WallTime later) {
  return static_cast<double>(std::max(std::int64_t{0}, std::chrono::floor<std::chrono::days>(later - earlier).count()));
}

// The decision's text, or its features; neither: nothing can be learnt from it.
bool take_words(const Entry& entry, learn::Example& out) {
  out.text = entry.truncated ? std::string() : entry.text;
  if (!out.text.empty()) out.context = entry.context;
  out.features = out.text.empty() ? learn::pack_features(entry.features) : std::string();
  return !out.identity().empty();
}

// Carries what was recorded under an earlier policy to today's categories, by name.
class Carrier {
 public:
  Carrier(const std::vector<std::string>& categories, ledger::Reader& ledger)
      : categories_(categories), ledger_(ledger) {}

  // For each category of that policy, today's index, or -1. Null: the policy is not to be had.
  const std::vector<int>* map_of(const std::string& version) {
    const auto known = maps_.find(version);
    if (known != maps_.end()) return known->second ? &*known->second : nullptr;
    auto& map = maps_[version];
    const auto document = ledger_.policy(version);
    if (!document || !*document) return nullptr;
    const auto policy = config::read_policy(**document);
    if (!policy) return nullptr;
    map.emplace();
    for (const config::PolicyCategory& one : policy->categories) map->push_back(index_of(one.name));
    return &*map;
  }

  // Empty unless every probability has its place, and none is lost.
  std::vector<float> carry(const std::vector<float>& recorded, const std::string& version) {
    const auto* map = map_of(version);
    if (map == nullptr || recorded.size() != map->size()) return {};
    std::vector<float> out(categories_.size(), 0);
    for (std::size_t i = 0; i < recorded.size(); ++i) {
      if ((*map)[i] >= 0) out[static_cast<std::size_t>((*map)[i])] = recorded[i];
    }
    return out;
  }

  classify::Opinion carry_opinion(const Entry& entry) {
    classify::Opinion out = recorded_opinion(entry.consultation);
    const auto* map = map_of(entry.policy_version);
    if (!out.usable()) return {.outcome = out.outcome};
    if (map == nullptr) return {};
    out.probabilities = carry(out.probabilities, entry.policy_version);
    if (out.probabilities.empty()) return {};
    std::vector<int> offered;
    for (const int one : out.offered) {
      const auto at = static_cast<std::size_t>(one);
      if (at < map->size() && (*map)[at] >= 0) offered.push_back((*map)[at]);
    }
    out.offered = std::move(offered);
    return out;
  }

  int index_of(std::string_view name) const {
    const auto at = std::ranges::find(categories_, name);
    return at == categories_.end() ? -1 : static_cast<int>(at - categories_.begin());
  }

 private:
  const std::vector<std::string>& categories_;
  ledger::Reader& ledger_;
  std::map<std::string, std::optional<std::vector<int>>> maps_;
};

// Categories, the weakest first, as ranks.
std::vector<double> strengths(const config::Config& config, const std::vector<std::string>& names) {
  std::vector<double> out(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) out[i] = static_cast<double>(i);
  if (!config.router.risk || config.router.risk->order.empty()) return out;
  const auto& order = config.router.risk->order;
  for (std::size_t i = 0; i < names.size(); ++i) {
    out[i] = static_cast<double>(std::ranges::find(order, names[i]) - order.begin());
  }
  return out;
}

ledger::SignalOptions wanted(const config::LearnConfig& learn, const HarvestOptions& options) {
  const auto has = [&](config::LearnSignal signal) {
    return options.signals && std::ranges::find(learn.signals, signal) != learn.signals.end();
  };
  return {.regenerated = has(config::LearnSignal::kRegenerated),
          .repeated = has(config::LearnSignal::kRepeated),
          .invalid_output = has(config::LearnSignal::kInvalidOutput),
          .overridden = has(config::LearnSignal::kOverridden)};
}

// Dearer is more capable, as far as prices are known.
ledger::SignalFinder::MoreCapable more_capable(const config::Config& config) {
  std::map<std::string, std::int64_t, std::less<>> prices;
  for (const config::ModelConfig& one : config.models) {
    if (one.price.output) prices.emplace(one.name, one.price.output->picos);
  }
  return [prices = std::move(prices)](std::string_view a, std::string_view b) {
    const auto first = prices.find(a);
    const auto second = prices.find(b);
    return first != prices.end() && second != prices.end() && first->second > second->second;
  };
}

class Reaper {
 public:
  Reaper(const config::Config& config, ledger::Reader& ledger, const HarvestOptions& options)
      : ledger_(ledger),
        options_(options),
        carrier_(out_.categories, ledger),
        signals_(wanted(config.learn, options), more_capable(config)) {
    for (const config::CategoryConfig& one : config.categories) out_.categories.push_back(one.name);
    strength_ = strengths(config, out_.categories);
  }

  Result<Harvest> reap(ledger::FeedbackStore& feedback) {
    PM_CHECK(feedback.scan([&](const Feedback& said, const Entry& about) {
      hear(said, about);
      return true;
    }));
    PM_CHECK(ledger_.scan({.limit = std::numeric_limits<std::size_t>::max(), .newest_first = false},
                          [&](const Entry& entry) {
                            read_verdict(entry);
                            signals_.observe(entry, [&](const Feedback& sign) { signs_.push_back(sign); });
                            return true;
                          }));
    PM_CHECK(hear_signs());
    for (auto& [decision, row] : judges_) out_.judged.push_back(std::move(row));
    hold_back();
    return std::move(out_);
  }

 private:
  struct Taught {
    Testimony lesson;
    std::uint64_t text_hash = 0;
  };

  // Signs of the traffic, of which most requests have none.
  Result<void> hear_signs() {
    for (const Feedback& sign : signs_) {
      PM_TRY(const auto about, ledger_.find(sign.decision));
      if (about) hear(sign, *about);
    }
    return {};
  }

  bool judges(const Feedback& said) const {
    if (!said.labels() || said.signal != ledger::Signal::kNone) return false;
    return said.golden || (said.slice > 0 && options_.now - said.id.time() < options_.judge_for);
  }

  void hear(const Feedback& said, const Entry& about) {
    ++out_.feedback;
    out_.newest = std::max(out_.newest, said.id);
    learn::Example example;
    if (!take_words(about, example)) return void(++out_.wordless);
    if (judges(said)) {
      const int truth = said.no_category ? static_cast<int>(out_.categories.size()) : carrier_.index_of(said.category);
      if (truth < 0) return void(++out_.elsewhere);
      return judge(said, about, std::move(example), static_cast<std::size_t>(truth));
    }
    std::vector<float> says = meaning_of(said, about);
    if (says.empty()) return;
    Taught& one = taught_.emplace_back();
    one.text_hash = about.text_hash;
    one.lesson.example = std::move(example);
    one.lesson.says = std::move(says);
    one.lesson.source = said.signal == ledger::Signal::kNone ? LessonSource::kPerson : LessonSource::kSignal;
    one.lesson.voice = said.who;
    one.lesson.trusted = is_trusted(said.who);
    one.lesson.age_days = days_between(said.id.time(), options_.now);
    one.lesson.when = order_of(said.id);
  }

  // The newest word of a decision judges; a golden one goes before all others.
  void judge(const Feedback& said, const Entry& about, learn::Example example, std::size_t truth) {
    out_.judging_texts.insert(about.text_hash);
    JudgedDecision& row = judges_[about.id];
    if (row.golden && !said.golden) return;
    row.decision = about.id;
    row.example = std::move(example);
    row.truth = truth;
    row.golden = said.golden;
    row.who = said.who;
    row.served = carrier_.carry(about.probabilities, about.policy_version);
    row.served_by = about.classifier_version;
    row.opinion = carrier_.carry_opinion(about);
    row.asked_with = about.consultation.prompt_version;
  }

  // Empty: it says nothing that could be learnt.
  std::vector<float> meaning_of(const Feedback& said, const Entry& about) {
    std::vector<float> out(out_.categories.size(), 0);
    if (said.no_category) return out;
    if (!said.category.empty()) {
      const int at = carrier_.index_of(said.category);
      if (at < 0) return ++out_.elsewhere, std::vector<float>();
      out[static_cast<std::size_t>(at)] = 1;
      return out;
    }
    if (said.signal != ledger::Signal::kNone && !options_.signals) return {};
    const int towards = said.signal != ledger::Signal::kNone ? 1 : direction(said.fit);
    const int decided = carrier_.index_of(about.category);
    const auto saw = carrier_.carry(about.probabilities, about.policy_version);
    if (decided < 0 || saw.empty() || (said.fit == ledger::Fit::kUnsaid && said.signal == ledger::Signal::kNone)) {
      return {};
    }
    return learn::meaning_of_fit(saw, static_cast<std::size_t>(decided), strength_, towards);
  }

  static int direction(ledger::Fit fit) {
    if (fit == ledger::Fit::kUnderpowered) return 1;
    return fit == ledger::Fit::kOverpowered ? -1 : 0;
  }

  void read_verdict(const Entry& entry) {
    const classify::Opinion opinion = carrier_.carry_opinion(entry);
    if (!opinion.usable()) return;
    ++out_.verdicts;
    learn::Example example;
    if (!take_words(entry, example)) return void(++out_.wordless);
    Taught& one = taught_.emplace_back();
    one.text_hash = entry.text_hash;
    one.lesson.example = std::move(example);
    one.lesson.says = opinion.probabilities;
    one.lesson.source = LessonSource::kModel;
    one.lesson.voice = entry.consultation.model;
    one.lesson.trusted = true;
    one.lesson.age_days = days_between(entry.started, options_.now);
    one.lesson.when = order_of(entry.id);
  }

  void hold_back() {
    for (Taught& one : taught_) {
      if (out_.judging_texts.contains(one.text_hash)) {
        ++out_.held_back;
      } else {
        out_.lessons.push_back(std::move(one.lesson));
      }
    }
  }

  Harvest out_;
  ledger::Reader& ledger_;
  const HarvestOptions& options_;
  Carrier carrier_;
  std::vector<double> strength_;
  std::vector<Taught> taught_;
  std::map<base::Uuid, JudgedDecision> judges_;
  ledger::SignalFinder signals_;
  std::vector<Feedback> signs_;
};

Testimony seed(std::string text, std::size_t category, std::size_t categories) {
  Testimony out;
  out.example.text = std::move(text);
  out.says.assign(categories, 0);
  out.says[category] = 1;
  out.trusted = true;
  return out;
}

}  // namespace

std::uint64_t order_of(const base::Uuid& id) {
  std::uint64_t out = 0;
  for (int i = 0; i < 8; ++i) out = out << 8 | id.bytes[static_cast<std::size_t>(i)];
  return out;
}

bool is_trusted(std::string_view voice) {
  return !voice.starts_with(kOverHttp) && !voice.starts_with(kByKey);
}

Result<Harvest> harvest(const config::Config& config, ledger::Reader& ledger, ledger::FeedbackStore& feedback,
                        const HarvestOptions& options) {
  return Reaper(config, ledger, options).reap(feedback);
}

std::vector<Testimony> seed_lessons(const config::Config& config, const classify::LinearModel* classifier,
                                    const std::unordered_set<std::uint64_t>& judging) {
  std::vector<Testimony> out;
  const auto add = [&](std::string_view text, std::size_t category) {
    if (!judging.contains(base::xxh3(text))) out.push_back(seed(std::string(text), category, config.categories.size()));
  };
  for (std::size_t c = 0; c < config.categories.size(); ++c) {
    for (const std::string& text : config.categories[c].examples) add(text, c);
  }
  if (classifier == nullptr) return out;
  for (const classify::StoredExample& one : classifier->artefact().examples()) {
    const std::string& name = classifier->categories()[one.category];
    const auto at = std::ranges::find(config.categories, name, &config::CategoryConfig::name);
    if (at == config.categories.end()) continue;
    add(one.text, static_cast<std::size_t>(at - config.categories.begin()));
  }
  return out;
}

}  // namespace pointsman::cli
