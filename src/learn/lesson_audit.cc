#include "learn/lesson_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "learn/binomial.h"
#include "learn/holm.h"
#include "learn/phrase_search.h"

namespace pointsman::learn {

using base::Result;

namespace {

constexpr std::size_t kFewestMoved = 5;  // contradictions in a wrong direction that are worth a test
constexpr std::size_t kFewestRows = 10;  // of a category, to say that rows of it went missing
constexpr std::size_t kMostIds = 50;

std::unexpected<base::Error> refuse(std::string what) {
  return base::fail(base::ErrorCode::kInvalidArgument, "lesson audit: " + std::move(what));
}

// P(X >= k) for X ~ Binomial(n, p).
double at_least(std::size_t k, std::size_t n, double p) {
  return k == 0 ? 1 : binomial_cdf(n - k, n, 1 - std::clamp(p, 0.0, 1.0));
}

double share(std::size_t part, std::size_t whole) {
  return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::size_t sum(std::span<const std::size_t> values) {
  std::size_t out = 0;
  for (const std::size_t value : values) out += value;
  return out;
}

// Rows with a sure opinion, and those that contradict it.
struct Tally {
  std::size_t sure = 0;
  std::size_t contradict = 0;
  double doubt = 0;               // contradictions to be expected of right labels
  std::vector<std::size_t> rows;  // that contradict

  void add(float probability, bool contradicts, std::size_t row) {
    ++sure;
    doubt += 1 - static_cast<double>(probability);
    if (!contradicts) return;
    ++contradict;
    rows.push_back(row);
  }
  double rate() const { return share(contradict, sure); }
  double usual_rate() const { return sure > 0 ? doubt / static_cast<double>(sure) : 0; }
};

// Contradictions that go to a category the text cannot do with.
struct Moves {
  std::size_t sure = 0;
  std::size_t contradictions = 0;
  std::size_t down = 0;
  double chance = 0;  // of going there, summed over all sure rows
  std::vector<std::size_t> rows;

  double expected_share() const { return sure > 0 ? chance / static_cast<double>(sure) : 0; }
  double expected() const { return expected_share() * static_cast<double>(contradictions); }
};

std::vector<Lesson> sorted(std::span<const Lesson> rows) {
  std::vector<Lesson> out(rows.begin(), rows.end());
  std::ranges::sort(out, {}, [](const Lesson& one) {
    return std::tuple<std::string_view, std::uint32_t, std::string_view, bool, std::string_view>(
        one.text, one.category, one.source, one.recent, one.id);
  });
  return out;
}

class Audit {
 public:
  Audit(const LessonAuditInput& input, const LessonAuditOptions& options)
      : categories_(input.categories),
        losses_(input.losses),
        options_(options),
        lessons_(sorted(input.lessons)),
        trusted_(sorted(input.trusted)),
        model_(lessons_, trusted_, input.categories.size(),
               {.folds = options.folds, .threads = options.threads, .seed = options.seed}) {
    for (const std::string& name : categories_) {
      places_.push_back(losses_ != nullptr ? losses_->truth_of(name) : 0);
    }
    champion_.assign(input.champion_rows.begin(), input.champion_rows.end());
    if (champion_.empty()) champion_ = count(false);
  }

  std::vector<GateCheck> run() {
    listen();
    check_errors();
    check_sources();
    list_unheard();
    if (losses_ != nullptr) check_direction();
    check_phrases();
    check_categories();
    check_recent_shares();
    return std::move(out_);
  }

 private:
  std::vector<std::size_t> count(bool recent_too) const {
    std::vector<std::size_t> out(categories_.size(), 0);
    for (const Lesson& lesson : lessons_) out[lesson.category] += recent_too || !lesson.recent ? 1 : 0;
    return out;
  }

  bool contradicts(std::size_t i) const { return model_.opinion(i).category != lessons_[i].category; }

  void listen() {
    for (std::size_t i = 0; i < trusted_.size(); ++i) {
      const LessonOpinion opinion = model_.trusted_opinion(i);
      if (opinion.probability < options_.sure) continue;
      usual_.add(opinion.probability, opinion.category != trusted_[i].category, i);
    }
    const bool few = usual_.sure < options_.fewest_sure;
    for (std::size_t i = 0; i < lessons_.size(); ++i) {
      if (lessons_[i].recent && !model_.knows(i)) unheard_.push_back(i);
      const float probability = model_.opinion(i).probability;
      if (probability < options_.sure || !model_.knows(i)) continue;
      if (!lessons_[i].recent && few) usual_.add(probability, contradicts(i), i);
      if (!lessons_[i].recent) continue;
      recent_.add(probability, contradicts(i), i);
      if (!lessons_[i].source.empty()) sources_[lessons_[i].source].add(probability, contradicts(i), i);
      move(i);
    }
  }

  // Whether sending a text that needs `from` to `to` costs more than the other way round.
  bool is_down(std::size_t from, std::size_t to) const {
    return losses_ != nullptr && losses_->loss(places_[from], places_[to]) > losses_->loss(places_[to], places_[from]);
  }

  // How likely a mistake about a text that needs `from` goes down: as likely as to any other category, or as the
  // model's second choice has it, whichever is more.
  double chance_down(std::size_t i, std::size_t from) const {
    const auto probabilities = model_.probabilities(i);
    double down = 0;
    double all = 0;
    std::size_t ways = 0;
    for (std::size_t to = 0; to < categories_.size(); ++to) {
      if (to == from) continue;
      all += static_cast<double>(probabilities[to]);
      if (!is_down(from, to)) continue;
      down += static_cast<double>(probabilities[to]);
      ++ways;
    }
    return std::max(share(ways, categories_.size() - 1), all > 0 ? down / all : 0);
  }

  void move(std::size_t i) {
    if (losses_ == nullptr) return;
    const std::size_t from = model_.opinion(i).category;
    const double chance = chance_down(i, from);
    for (Moves* moves : {&moves_[lessons_[i].source], &all_moves_}) {
      ++moves->sure;
      moves->chance += chance;
      if (!contradicts(i)) continue;
      ++moves->contradictions;
      if (!is_down(from, lessons_[i].category)) continue;
      ++moves->down;
      moves->rows.push_back(i);
    }
  }

  std::vector<std::string> ids(std::span<const std::size_t> rows) const {
    std::vector<std::string> out;
    for (const std::size_t row : rows) {
      if (out.size() == kMostIds) break;
      if (!lessons_[row].id.empty()) out.push_back(lessons_[row].id);
    }
    return out;
  }

  static GateCheck check(std::string what) { return {.set = "lessons", .what = std::move(what)}; }

  // The exact binomial tail alone, and with the uncertainty of what is usual.
  double errors_p_value(double limit) const {
    const double usual = recent_.usual_rate();
    const double variance = limit * (1 - limit) / static_cast<double>(recent_.sure) +
                            usual * (1 - usual) / static_cast<double>(usual_.sure);
    const double score = (recent_.rate() - limit) / std::sqrt(std::max(variance, 1e-12));
    return std::max(at_least(recent_.contradict, recent_.sure, limit), std::erfc(score / std::sqrt(2.0)) / 2);
  }

  void check_errors() {
    GateCheck one = check("label errors");
    one.rows = recent_.sure;
    const double half = options_.alpha / 2;
    one.before = recent_.usual_rate();
    one.after = recent_.rate();
    const auto found = static_cast<double>(recent_.contradict);
    const auto others = static_cast<double>(recent_.sure - recent_.contradict);
    one.low = 1 - risk_upper_bound(others, recent_.sure, half, LossKind::kZeroOne);
    one.high = risk_upper_bound(found, recent_.sure, half, LossKind::kZeroOne);
    one.limit = std::min(one.before + options_.label_error_limit, 1.0);
    one.note = fmt::format("recent labels that others' lessons surely contradict; calibrated on {} sure trusted rows",
                           usual_.sure);
    const auto recent = std::ranges::count_if(lessons_, &Lesson::recent);
    if (recent == 0) {
      one.verdict = CheckVerdict::kNotTested;
      one.note = "nothing is recent";
    } else if (std::min(recent_.sure, usual_.sure) < options_.fewest_sure) {
      one.verdict = CheckVerdict::kTooLittleData;
      one.missing = options_.fewest_sure - std::min(recent_.sure, usual_.sure);
      one.missing_of = usual_.sure < recent_.sure ? "the golden set" : "recent corrections";
      one.note += "; too few are sure";
    } else if (errors_p_value(one.limit) <= options_.alpha) {
      one.verdict = CheckVerdict::kFailed;
      one.look_at = ids(recent_.rows);
    }
    out_.push_back(std::move(one));
  }

  void check_sources() {
    std::vector<double> p_values;
    std::vector<double> limits;
    for (const auto& [name, tally] : sources_) {
      const std::size_t sure = recent_.sure - tally.sure;
      const double others = share(recent_.contradict - tally.contradict, sure);
      const double reference = sure >= options_.fewest_sure ? others : usual_.rate();
      limits.push_back(reference + options_.source_excess);
      p_values.push_back(at_least(tally.contradict, tally.sure, limits.back()));
    }
    const std::vector<double> adjusted = holm_adjusted(p_values);
    std::size_t at = 0;
    for (const auto& [name, tally] : sources_) {
      GateCheck one = check("labels of " + name);
      one.rows = tally.sure;
      one.before = limits[at] - options_.source_excess;
      one.after = tally.rate();
      const double half = options_.alpha / 2;
      one.low = 1 - risk_upper_bound(static_cast<double>(tally.sure - tally.contradict), tally.sure, half,
                                     LossKind::kZeroOne);
      one.high = risk_upper_bound(static_cast<double>(tally.contradict), tally.sure, half, LossKind::kZeroOne);
      one.limit = limits[at];
      one.note = fmt::format("{} of {} labels are contradicted; adjusted p {:.3g}", tally.contradict, tally.sure,
                             adjusted[at]);
      if (adjusted[at] <= options_.alpha) {
        one.verdict = CheckVerdict::kFailed;
        one.look_at = ids(tally.rows);
      }
      ++at;
      out_.push_back(std::move(one));
    }
  }

  // For information: nobody can contradict these.
  void list_unheard() {
    if (unheard_.empty()) return;
    GateCheck one = check("labels that nobody else gave");
    one.rows = unheard_.size();
    one.after = one.low = one.high = static_cast<double>(unheard_.size());
    one.verdict = CheckVerdict::kNotTested;
    one.note = "categories that a single source brought, or next to nobody";
    one.look_at = ids(unheard_);
    out_.push_back(std::move(one));
  }

  static double p_value(const Moves& moves) {
    if (moves.down < kFewestMoved || moves.contradictions == 0) return 1;
    return at_least(moves.down, moves.contradictions, moves.expected_share());
  }

  void check_direction() {
    std::vector<std::pair<std::string, const Moves*>> tested{{"direction", &all_moves_}};
    for (const auto& [name, moves] : moves_) {
      if (!name.empty()) tested.emplace_back("direction of " + name, &moves);
    }
    std::vector<double> p_values;
    for (const auto& [what, moves] : tested) p_values.push_back(p_value(*moves));
    const std::vector<double> adjusted = holm_adjusted(p_values);
    for (std::size_t i = 0; i < tested.size(); ++i) {
      const auto& [what, moves] = tested[i];
      const double beyond = static_cast<double>(moves->down) - moves->expected();
      const double excess = moves->sure > 0 ? beyond / static_cast<double>(moves->sure) : 0;
      const bool failed = adjusted[i] <= options_.alpha && excess > options_.direction_excess;
      if (i > 0 && !failed) continue;  // of the sources only what was found
      GateCheck one = check(what);
      one.rows = moves->contradictions;
      one.before = moves->expected_share();
      one.after = share(moves->down, moves->contradictions);
      one.low = 1 - risk_upper_bound(static_cast<double>(moves->contradictions - moves->down), moves->contradictions,
                                     options_.alpha / 2, LossKind::kZeroOne);
      one.high = risk_upper_bound(static_cast<double>(moves->down), moves->contradictions, options_.alpha / 2,
                                  LossKind::kZeroOne);
      one.limit = one.before;
      one.note =
          fmt::format("{} contradictions go to what is too weak for the text, {:.1f} expected; adjusted p {:.3g}",
                      moves->down, moves->expected(), adjusted[i]);
      one.verdict = failed ? CheckVerdict::kFailed : CheckVerdict::kPassed;
      if (failed) one.look_at = ids(moves->rows);
      out_.push_back(std::move(one));
    }
  }

  void check_phrases() {
    const PhraseSearch search = find_phrases(
        lessons_, model_,
        {.alpha = options_.alpha, .sure = options_.sure, .usual_rate = usual_.rate() + options_.label_error_limit});
    GateCheck all = check("phrases");
    all.rows = search.tested;
    all.after = static_cast<double>(search.found.size());
    all.low = all.high = all.after;
    all.note = "phrases of few sources that go with one category";
    if (search.found.empty()) out_.push_back(std::move(all));
    for (const PhraseFinding& found : search.found) {
      GateCheck one = check("phrase \"" + found.phrase + "\"");
      one.rows = found.rows.size();
      one.before = usual_.rate();
      one.after = share(found.contradicting, found.judged);
      one.low = 1 - risk_upper_bound(static_cast<double>(found.judged - found.contradicting), found.judged,
                                     options_.alpha / 2, LossKind::kZeroOne);
      one.high = risk_upper_bound(static_cast<double>(found.contradicting), found.judged, options_.alpha / 2,
                                  LossKind::kZeroOne);
      one.limit = usual_.rate() + options_.label_error_limit;
      one.verdict = CheckVerdict::kFailed;
      one.note = fmt::format("decides for {} in texts that are otherwise surely not; brought by {}; adjusted p {:.3g}",
                             categories_[found.category], fmt::join(found.sources, " and "), found.p_value);
      one.look_at = ids(found.rows);
      out_.push_back(std::move(one));
    }
  }

  // Whether rows of a category went missing: so few are left that nothing new makes up for it, or what the champion
  // learnt from went, more than of the other categories, and is not made up for.
  bool lacks_rows(std::size_t c, std::size_t now, std::size_t settled, double usually_kept) const {
    const auto before = static_cast<double>(champion_[c]);
    if (champion_[c] < kFewestRows) return false;
    if (static_cast<double>(now) < options_.rows_kept * before) return true;
    return static_cast<double>(settled) < options_.rows_kept * usually_kept * before && now < champion_[c];
  }

  // A check of the category that fares worst, and of every one that fails.
  void check_categories() {
    const std::vector<std::size_t> now = count(true);
    const std::vector<std::size_t> settled = count(false);
    const double usually_kept = std::min(share(sum(settled), sum(champion_)), 1.0);
    const auto left = [&](std::size_t c) { return share(now[c], std::max<std::size_t>(champion_[c], 1)); };
    std::size_t worst = 0;
    for (std::size_t c = 0; c < now.size(); ++c) worst = left(c) < left(worst) ? c : worst;
    for (std::size_t c = 0; c < now.size(); ++c) {
      const bool failed = lacks_rows(c, now[c], settled[c], usually_kept);
      if (!failed && c != worst) continue;
      GateCheck one = check("rows of " + categories_[c]);
      one.rows = now[c];
      one.before = static_cast<double>(champion_[c]);
      one.after = one.low = one.high = static_cast<double>(now[c]);
      one.limit = options_.rows_kept * one.before;
      one.verdict = failed ? CheckVerdict::kFailed : CheckVerdict::kPassed;
      one.note =
          fmt::format("rows that teach the category, beside the champion's; {} of those are still there", settled[c]);
      out_.push_back(std::move(one));
    }
  }

  void check_recent_shares() {
    std::vector<std::size_t> recent(categories_.size(), 0);
    std::size_t all = 0;
    const std::size_t before = sum(champion_);
    for (const Lesson& lesson : lessons_) {
      if (lesson.recent) ++recent[lesson.category], ++all;
    }
    std::vector<double> p_values;
    for (std::size_t c = 0; c < recent.size(); ++c) {
      p_values.push_back(all > 0 ? binomial_cdf(recent[c], all, options_.share_kept * share(champion_[c], before)) : 1);
    }
    const std::vector<double> adjusted = holm_adjusted(p_values);
    for (std::size_t c = 0; c < recent.size(); ++c) {
      if (adjusted[c] > options_.alpha) continue;
      GateCheck one = check("recent rows of " + categories_[c]);
      one.rows = recent[c];
      one.before = share(champion_[c], before);
      one.after = share(recent[c], all);
      one.low = 0;
      one.high = risk_upper_bound(static_cast<double>(recent[c]), all, options_.alpha / 2, LossKind::kZeroOne);
      one.limit = options_.share_kept * one.before;
      one.verdict = CheckVerdict::kFailed;
      one.note = fmt::format("the category has nearly vanished from what is new; adjusted p {:.3g}", adjusted[c]);
      out_.push_back(std::move(one));
    }
  }

  std::span<const std::string> categories_;
  const LossMatrix* losses_;
  const LessonAuditOptions& options_;
  std::vector<Lesson> lessons_;
  std::vector<Lesson> trusted_;
  LessonModel model_;
  std::vector<std::size_t> places_;    // of the categories among the losses
  std::vector<std::size_t> champion_;  // rows of each category
  std::vector<std::size_t> unheard_;   // recent rows of categories that nobody else knows
  Tally usual_;
  Tally recent_;
  std::map<std::string, Tally> sources_;
  Moves all_moves_;
  std::map<std::string, Moves> moves_;
  std::vector<GateCheck> out_;
};

Result<void> check_rows(std::span<const Lesson> rows, std::size_t categories, std::string_view kind) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].category >= categories) {
      return refuse(fmt::format("{} {} has the category {} of {}", kind, i, rows[i].category, categories));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<GateCheck>> audit_lessons(const LessonAuditInput& input, const LessonAuditOptions& options) {
  const std::size_t categories = input.categories.size();
  if (categories < 2) return refuse("there are fewer than two categories");
  if (!(options.alpha > 0) || !(options.alpha < 1)) return refuse("alpha must be between 0 and 1");
  if (input.lessons.empty()) return refuse("there are no lessons");
  if (!input.champion_rows.empty() && input.champion_rows.size() != categories) {
    return refuse("the champion's rows are not one number per category");
  }
  PM_CHECK(check_rows(input.lessons, categories, "lesson"));
  PM_CHECK(check_rows(input.trusted, categories, "trusted row"));
  if (input.losses != nullptr) {
    for (const std::string& name : input.categories) {
      if (input.losses->truth_of(name) == input.losses->outside()) {
        return refuse(fmt::format("the losses do not name \"{}\"", name));
      }
    }
  }
  return Audit(input, options).run();
}

}  // namespace pointsman::learn
