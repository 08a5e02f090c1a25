// What the question costs: the tokens of the system prompt for 3, 10, 77 and 150 categories when all are offered, and
// the two ways to stay small with many: only those that the classifier finds likeliest, or first the group and then the
// category of it. Token counts are exact (o200k_base and cl100k_base, the larger); the answers are simulated.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "cascade/scored_set.h"
#include "cascade/simulated_model.h"
#include "consult/groups.h"
#include "consult/prompt.h"
#include "learn/json_text.h"
#include "learn/pool_fit.h"
#include "text/bpe.h"
#include "vocabulary/vocabulary.h"

namespace pointsman::bench {
namespace {

using base::Result;
using classify::Category;
using classify::Opinion;

constexpr double kAccuracy = 0.95;
constexpr double kAsked = 0.15;
constexpr std::size_t kBudgets[] = {50, 60, 80, 100, 130, 170, 220, 300};  // tried for two steps, the least first
constexpr std::size_t kLikenessTexts = 6000;

std::vector<Category> as_categories(std::span<const std::string> names, std::size_t count) {
  std::vector<Category> out;
  for (std::size_t i = 0; i < count; ++i) {
    Category one{.name = names[i]};
    std::ranges::replace(one.name, '_', ' ');
    out.push_back(std::move(one));
  }
  return out;
}

Result<consult::Counters> counters() {
  consult::Counters out;
  PM_TRY(const auto o200k, vocabulary::open("o200k_base"));
  PM_TRY(const auto cl100k, vocabulary::open("cl100k_base"));
  out.o200k = [counter = std::make_shared<text::TokenCounter>(o200k)](std::string_view text) {
    return counter->count(text);
  };
  out.cl100k = [counter = std::make_shared<text::TokenCounter>(cl100k)](std::string_view text) {
    return counter->count(text);
  };
  return out;
}

Result<consult::Prompt> prompt_of(std::span<const Category> categories, const consult::PromptShape& shape,
                                  const consult::Counters& counters) {
  std::vector<std::string_view> names;
  for (const Category& one : categories) names.push_back(one.name);
  PM_TRY(auto labels, consult::LabelSet::make(names, counters));
  return consult::Prompt::make(categories, std::move(labels), shape, counters);
}

// A way to ask about a text: what comes of it, and what it takes.
struct Asked {
  Opinion opinion;
  double tokens = 0;
  double questions = 1;
};

struct WayResult {
  std::string name;
  double at_share = 0;  // accuracy with kAsked of the requests
  double always = 0;    // and when everything is asked about
  double tokens = 0;    // of the system prompts of one request that is asked about
  double questions = 0;
};

class Measuring {
 public:
  Measuring(const ScoredSet& set, const SimulatedModel& model, consult::Counters counters)
      : set_(set),
        model_(model),
        n_(set.categories.size()),
        counters_(std::move(counters)),
        categories_(as_categories(set.categories, n_)) {}

  Result<std::vector<WayResult>> run() {
    std::vector<WayResult> out;
    const consult::PromptShape all{.budget = 100'000, .offered = 0, .descriptions = false};
    PM_TRY(const consult::Prompt everything, prompt_of(categories_, all, counters_));
    const auto whole = static_cast<double>(everything.count({}).value_or(0));
    PM_TRY(out.emplace_back(), measure("all offered", [&](const ScoredRows& rows, std::size_t i) {
             return Asked{model_.ask(rows.texts[i]), whole};
           }));
    const consult::PromptShape narrow{.at_least = 2, .descriptions = false};
    PM_TRY(const consult::Prompt few, prompt_of(categories_, narrow, counters_));
    PM_TRY(out.emplace_back(), measure("the classifier's likeliest", [&](const ScoredRows& rows, std::size_t i) {
             const std::vector<int> offered = few.choose(rows.local(i, n_));
             return Asked{model_.ask(rows.texts[i], Saying::kLogprobs, offered),
                          static_cast<double>(few.count(offered).value_or(0))};
           }));
    PM_TRY(const consult::TwoSteps plan, plan_two_steps());
    PM_TRY(out.emplace_back(),
           measure(fmt::format("two steps, {} groups", plan.groups.size()),
                   [&](const ScoredRows& rows, std::size_t i) { return two_steps(plan, rows.texts[i]); }));
    return out;
  }

 private:
  template <class Ask>
  Result<WayResult> measure(std::string name, const Ask& ask) const {
    std::vector<Opinion> taught;
    std::vector<std::size_t> picked;
    for (std::size_t i = 0; i < set_.teach.size(); i += set_.teach.size() / 3000 + 1) picked.push_back(i);
    for (const std::size_t i : picked) taught.push_back(ask(set_.teach, i).opinion);
    std::vector<learn::OpinionRow> rows;
    for (std::size_t i = 0; i < picked.size(); ++i) {
      rows.push_back({set_.teach.local(picked[i], n_), &taught[i], set_.teach.truth[picked[i]]});
    }
    PM_TRY(const learn::PoolFit fit, learn::fit_pool(rows, classify::OpinionSource::kLogprobs));
    WayResult out{.name = std::move(name)};
    const std::vector<bool> unsure = least_sure();
    const double each = 1 / static_cast<double>(set_.inside);
    std::vector<float> pooled(n_);
    for (std::size_t i = 0; i < set_.inside; ++i) {
      const Asked asked = ask(set_.test, i);
      classify::pool(set_.test.local(i, n_), asked.opinion, fit.weights, pooled);
      const bool both = best_of(pooled) == set_.test.truth[i];
      const bool local = best_of(set_.test.local(i, n_)) == set_.test.truth[i];
      out.always += both ? each : 0;
      out.at_share += (unsure[i] ? both : local) ? each : 0;
      out.tokens += asked.tokens * each;
      out.questions += asked.questions * each;
    }
    return out;
  }

  static std::size_t best_of(std::span<const float> p) {
    return static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
  }

  std::vector<bool> least_sure() const {
    std::vector<std::size_t> order(set_.inside);
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {},
                      [&](std::size_t i) { return std::pair(*std::ranges::max_element(set_.test.local(i, n_)), i); });
    std::vector<bool> out(set_.inside, false);
    for (std::size_t i = 0; i < static_cast<std::size_t>(kAsked * static_cast<double>(set_.inside)); ++i)
      out[order[i]] = true;
    return out;
  }

  // Groups by what the classifier confuses: probability that it gives one when the other is true. The least budget for
  // which both questions fit.
  Result<consult::TwoSteps> plan_two_steps() const {
    std::vector<double> alike(n_ * n_, 0);
    for (std::size_t i = 0; i < std::min(set_.teach.size(), kLikenessTexts); ++i) {
      const std::size_t truth = set_.teach.truth[i];
      const auto local = set_.teach.local(i, n_);
      for (std::size_t c = 0; c < n_; ++c) alike[truth * n_ + c] += static_cast<double>(local[c]);
    }
    const auto likeness = [&](int a, int b) {
      const auto i = static_cast<std::size_t>(a);
      const auto j = static_cast<std::size_t>(b);
      return alike[i * n_ + j] + alike[j * n_ + i];
    };
    for (const std::size_t budget : kBudgets) {
      auto plan = consult::plan_groups(categories_, likeness, {.budget = budget}, counters_);
      if (plan || budget == kBudgets[std::size(kBudgets) - 1]) return plan;
    }
    return base::fail(base::ErrorCode::kTooLarge, "no budget fits two steps");
  }

  // The model finds a group as probable as its members together.
  Asked two_steps(const consult::TwoSteps& plan, const std::string& text) const {
    const Opinion all = model_.ask(text);
    Opinion first = all;
    first.probabilities.assign(plan.groups.size(), 0);
    for (std::size_t g = 0; g < plan.groups.size(); ++g) {
      for (const int member : plan.groups[g].members)
        first.probabilities[g] += all.probabilities[static_cast<std::size_t>(member)];
    }
    const std::size_t group = consult::likeliest_group(first);
    const std::vector<int>& members = plan.groups[group].members;
    Asked out{.tokens = static_cast<double>(plan.first.count({}).value_or(0))};
    if (members.size() == 1) {
      out.opinion = consult::join_steps(plan, first, group, nullptr);
      return out;
    }
    const Opinion second = model_.ask(text, Saying::kLogprobs, members);
    out.opinion = consult::join_steps(plan, first, group, &second);
    out.tokens += static_cast<double>(plan.second.count(members).value_or(0));
    out.questions = 2;
    return out;
  }

  const ScoredSet& set_;
  const SimulatedModel& model_;
  std::size_t n_;
  consult::Counters counters_;
  std::vector<Category> categories_;
};

class Section {
 public:
  Section() {
    out_.name = "prompt";
    json_.open_object().member("teacher", "simulated").key("sizes").open_array();
  }

  Result<void> add_size(std::span<const std::string> names, std::size_t count, const consult::Counters& counters) {
    const std::vector<Category> categories = as_categories(names, count);
    const consult::PromptShape all{.budget = 100'000, .offered = 0, .descriptions = false};
    PM_TRY(const consult::Prompt whole, prompt_of(categories, all, counters));
    const consult::PromptShape narrow{.at_least = 2, .descriptions = false};
    PM_TRY(const consult::Prompt few, prompt_of(categories, narrow, counters));
    const auto tokens = static_cast<double>(whole.count({}).value_or(0));
    const auto worst = static_cast<double>(std::min(few.worst_count().value_or(0), consult::kPromptBudget));
    out_.targets.push_back({fmt::format("{} categories: tokens, all offered", count), tokens, "", 0, true, "", true});
    out_.targets.push_back({fmt::format("{} categories: tokens at most, narrowed", count), worst, "",
                            static_cast<double>(consult::kPromptBudget), worst <= consult::kPromptBudget, ""});
    json_.open_object().member("categories", count).member("all", tokens).member("narrowed", worst).close_object();
    return {};
  }

  void sets() { json_.close_array().key("sets").open_array(); }

  Result<void> add_set(const ScoredSet& set, const consult::Counters& counters) {
    PM_TRY(const SimulatedModel model, SimulatedModel::make(gold_of(set), set.categories, kAccuracy));
    PM_TRY(const std::vector<WayResult> ways, Measuring(set, model, counters).run());
    json_.open_object().member("set", std::string_view(set.name)).key("ways").open_array();
    for (const WayResult& way : ways) {
      out_.targets.push_back({fmt::format("{}, {}: accuracy at 15 % of calls", set.name, way.name), 100 * way.at_share,
                              "%", 0, true,
                              fmt::format("asked about everything {:.1f} %; {:.0f} tokens and {:.2f} questions",
                                          100 * way.always, way.tokens, way.questions),
                              true});
      json_.open_object().member("name", std::string_view(way.name)).member("accuracy_at_15", way.at_share);
      json_.member("accuracy_always", way.always).member("tokens", way.tokens).member("questions", way.questions);
      json_.close_object();
    }
    json_.close_array().close_object();
    const double behind = 100 * (ways[2].at_share - ways[1].at_share);
    out_.targets.push_back({set.name + ": two steps beyond narrowing, at 15 % of calls", behind, "points", 0, true,
                            behind > 0 ? "two steps are better, for twice the questions" : "narrowing is better",
                            true});
    return {};
  }

  SectionResult take() {
    out_.details_json = json_.close_array().close_object().take();
    return std::move(out_);
  }

 private:
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> cascade_prompt_section(const BenchOptions& options) {
  const auto count = counters();
  if (!count) {  // a build without vocabularies cannot count
    return SectionResult{.name = "prompt",
                         .targets = {{"prompt: not measured", 0, "", 0, true, count.error().message(), true}}};
  }
  PM_TRY(const PublicSet clinc, load_clinc150(options.data));
  PM_TRY(const PublicSet banking, load_banking77(options.data));
  Section section;
  const std::vector<std::string> intents = learn::category_names(clinc.train);
  const std::vector<std::string> routes{"simple", "tool use", "reasoning"};
  PM_CHECK(section.add_size(routes, 3, *count));
  PM_CHECK(section.add_size(learn::category_names(banking.train), 10, *count));
  PM_CHECK(section.add_size(learn::category_names(banking.train), 77, *count));
  PM_CHECK(section.add_size(intents, 150, *count));
  section.sets();
  for (const PublicSet* set : {&clinc, &banking}) {
    PM_TRY(const ScoredSet* const scored, score_set(*set, options));
    PM_CHECK(section.add_set(*scored, *count));
  }
  return section.take();
}

}  // namespace pointsman::bench
