// The bill of the same simulated conversations under each setting of router.affinity.
#include <fmt/format.h>

#include <cmath>

#include "affinity/replayed_bill.h"
#include "learn/json_text.h"
#include "learn/mean_interval.h"
#include "learn/parallel.h"
#include "shared/section.h"

namespace pointsman::bench {
namespace {

using base::Result;
using route::Stay;

constexpr Stay kStays[] = {Stay::kOff, Stay::kPrice, Stay::kAlways};
constexpr int kRunsPerSeed = 4;
constexpr int kTalksPerRun = 400;
// By so much the bill may be worse than without affinity, and count as the same.
constexpr double kNoWorse = 0.999;

// One run: the same conversations under each setting, in the order of kStays.
struct Run {
  Bill bills[3];
  double ratio(std::size_t dear, std::size_t cheap) const {
    return bills[dear].money.dollars() / bills[cheap].money.dollars();
  }
};

// A mean over runs with its 95 % interval (Student's t).
struct Mean {
  double value = 0;
  double half = 0;
};

Mean mean_of(const std::vector<double>& values) {
  Mean out;
  const auto n = static_cast<double>(values.size());
  for (const double one : values) out.value += one / n;
  double squares = 0;
  for (const double one : values) squares += (one - out.value) * (one - out.value);
  out.half = learn::student_quantile(learn::kNormal975, n - 1) * std::sqrt(squares / (n - 1) / n);
  return out;
}

class Section {
 public:
  explicit Section(const BenchOptions& options) : options_(options) {
    out_.name = "bill";
    json_.open_object().member("conversations", "simulated").member("caches", "simulated");
    json_.member("prices", "built-in catalogue").member("runs", runs()).member("of_each", talks());
    json_.key("kinds").open_array();
  }

  Result<SectionResult> run_all() {
    for (const Offer offer : {Offer::kLadder, Offer::kSpecialists}) {
      markets_.clear();
      for (const Stay stay : kStays) {
        PM_TRY(route::Market market, affinity_market(offer, {.stay = stay}));
        markets_.push_back(std::move(market));
      }
      for (const Talk talk : kTalks) {
        PM_TRY(const std::vector<Run> all, replay(talk));
        report(offer, talk, all);
      }
    }
    json_.close_array().close_object();
    out_.details_json = json_.take();
    return std::move(out_);
  }

 private:
  int runs() const { return options_.quick ? 4 : options_.seeds * kRunsPerSeed; }
  int talks() const { return options_.quick ? 40 : kTalksPerRun; }

  Result<std::vector<Run>> replay(Talk talk) const {
    std::vector<Run> all(static_cast<std::size_t>(runs()));
    std::vector<Result<void>> ended(all.size());
    learn::in_parallel(runs(), options_.threads, [&](int i) {
      const auto run = static_cast<std::size_t>(i);
      for (std::size_t stay = 0; stay < markets_.size() && ended[run]; ++stay) {
        auto bill = replay_bill(markets_[stay], talk, talks(), run + 1);
        if (bill) {
          all[run].bills[stay] = *bill;
        } else {
          ended[run] = base::fail(std::move(bill).error());
        }
      }
    });
    for (Result<void>& one : ended) PM_CHECK(std::move(one));
    return all;
  }

  void report(Offer offer, Talk talk, const std::vector<Run>& all) {
    const std::string kind = fmt::format("{}, {}", to_string(offer), to_string(talk));
    json_.open_object().member("offer", to_string(offer)).member("kind", to_string(talk)).key("settings").open_array();
    for (std::size_t stay = 0; stay < markets_.size(); ++stay) describe(kind, stay, all);
    json_.close_array();
    std::vector<double> off_over_price;
    std::vector<double> off_over_always;
    for (const Run& one : all) {
      off_over_price.push_back(one.ratio(0, 1));
      off_over_always.push_back(one.ratio(0, 2));
    }
    const Mean price = mean_of(off_over_price);
    const Mean always = mean_of(off_over_always);
    compare("off_over_price", price);
    compare("off_over_always", always);
    json_.close_object();
    out_.targets.push_back({.name = kind + ": bill with off over price, simulated",
                            .value = price.value,
                            .unit = "x",
                            .goal = kNoWorse,
                            .holds = price.value + price.half >= kNoWorse,
                            .note = interval(price)});
    out_.targets.push_back({.name = kind + ": bill with off over always, simulated",
                            .value = always.value,
                            .unit = "x",
                            .note = interval(always),
                            .for_information = true});
  }

  void describe(const std::string& kind, std::size_t at, const std::vector<Run>& all) {
    const std::string_view stay = to_string(kStays[at]);
    Bill sum;
    std::vector<double> dollars;
    for (const Run& one : all) {
      const Bill& bill = one.bills[at];
      dollars.push_back(bill.money.dollars());
      sum.prompt += bill.prompt;
      sum.cached += bill.cached;
      sum.turns += bill.turns;
      sum.moves += bill.moves;
      sum.kept += bill.kept;
    }
    const auto share = [&](std::int64_t part, std::int64_t whole) {
      return static_cast<double>(part) / static_cast<double>(whole);
    };
    const Mean bill = mean_of(dollars);
    json_.open_object().member("stay", stay).member("usd", bill.value).member("usd_half_width", bill.half);
    json_.member("cached_share", share(sum.cached, sum.prompt)).member("moved_share", share(sum.moves, sum.turns));
    json_.member("kept_share", share(sum.kept, sum.turns)).member("turns", sum.turns).close_object();
    out_.targets.push_back(
        {.name = fmt::format("{}: bill with {}, simulated", kind, stay),
         .value = bill.value,
         .unit = "$",
         .note = fmt::format("+- {:.3g}; {:.0f} % of prompts cached, {:.1f} % of turns moved", bill.half,
                             100 * share(sum.cached, sum.prompt), 100 * share(sum.moves, sum.turns)),
         .for_information = true});
  }

  void compare(std::string_view name, const Mean& ratio) {
    json_.key(name).open_object().member("ratio", ratio.value).member("half_width", ratio.half).close_object();
  }
  static std::string interval(const Mean& mean) {
    return fmt::format("95 %: {:.3f} to {:.3f}", mean.value - mean.half, mean.value + mean.half);
  }

  const BenchOptions& options_;
  std::vector<route::Market> markets_;  // in the order of kStays
  SectionResult out_;
  learn::JsonText json_;
};

}  // namespace

Result<SectionResult> affinity_bill_section(const BenchOptions& options) {
  return Section(options).run_all();
}

}  // namespace pointsman::bench
