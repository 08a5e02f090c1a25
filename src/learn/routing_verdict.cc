#include "learn/routing_verdict.h"

#include <fmt/format.h>

namespace pointsman::learn {
namespace {

constexpr double kNoBetterThanACoin = 0.05;  // APGR above 0.5

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string interval(const Estimate& one) {
  return fmt::format("{:.1f} % [{:.1f}, {:.1f}]", one.value * 100, one.low * 100, one.high * 100);
}

std::string apgr_text(const Estimate& apgr) {
  return fmt::format("APGR {:.3f} [{:.3f}, {:.3f}], a coin has 0.5", apgr.value, apgr.low, apgr.high);
}

class Deciding {
 public:
  Deciding(double worthwhile, RoutingStudy& study)
      : worthwhile_(worthwhile), study_(study), ours_(study.routers.front()), saver_(study.saver()) {}

  void run() {
    if (weak_suffices() || pays() || hopeless()) return;
    say(Verdict::kNotEnoughData,
        fmt::format("{} certified with {} rows; about {} of the cost could be saved with these scores if it could be "
                    "proved{}",
                    saver_.certified.certified ? interval(saver_.certified.saved) + " is" : "nothing can be",
                    study_.tested, interval(saver_.figures.most_saved), more_rows()));
  }

 private:
  void say(Verdict verdict, std::string reason) {
    study_.verdict = verdict;
    study_.reason = std::move(reason);
  }

  std::string promised() const { return percent(saver_.certified.promise.quality); }

  bool weak_suffices() {
    if (study_.gap.high > 0 && !saver_.certified.keeps_all) return false;
    const std::string how = saver_.certified.keeps_all
                                ? fmt::format("certified: it keeps {} of the strong model's quality", promised())
                                : std::string("the strong one is not better in these rows");
    say(Verdict::kWillNotPay,
        fmt::format("the weak model alone does; {}; strong less weak quality is {} points", how, gap_text()));
    return true;
  }

  std::string gap_text() const {
    const Estimate& gap = study_.gap;
    return fmt::format("{:.1f} [{:.1f}, {:.1f}]", gap.value * 100, gap.low * 100, gap.high * 100);
  }

  const RouterLine& coin() const { return study_.line(Router::kCoin); }
  // It orders requests better, or saves more by knowing which are dear.
  bool better_than_coin() const {
    return (ours_.figures.apgr && ours_.figures.apgr->low > 0.5) ||
           saver_.certified.saved.low > coin().certified.saved.high;
  }

  bool pays() {
    const CertifiedRouting& certified = saver_.certified;
    if (!certified.certified || certified.saved.low < worthwhile_ || !better_than_coin()) return false;
    std::string reason = fmt::format(
        "{} of the strong model's cost is saved at a certified {} of its quality; a coin "
        "would save {}",
        interval(certified.saved), promised(), percent(coin().certified.saved.value));
    if (ours_.figures.apgr) reason += "; " + apgr_text(*ours_.figures.apgr);
    say(Verdict::kPays, std::move(reason));
    return true;
  }

  bool hopeless() {
    const Estimate& oracle = study_.line(Router::kOracle).figures.most_saved;
    if (oracle.high < worthwhile_) {
      say(Verdict::kWillNotPay, fmt::format("even one who knew every answer would save only {} at {} of the strong "
                                            "model's quality",
                                            interval(oracle), promised()));
      return true;
    }
    const Estimate& most = saver_.figures.most_saved;
    const bool coin_like =
        ours_.figures.apgr && ours_.figures.apgr->high < 0.5 + kNoBetterThanACoin && most.value < 2 * worthwhile_;
    if (most.high >= worthwhile_ && !coin_like) return false;
    std::string reason = fmt::format(
        "with these scores {} of the cost could be saved at {} of the strong model's "
        "quality, were it proved",
        interval(most), promised());
    reason += fmt::format("; a coin would save {}", percent(coin().figures.most_saved.value));
    if (ours_.figures.apgr) reason += "; " + apgr_text(*ours_.figures.apgr);
    say(Verdict::kWillNotPay, std::move(reason));
    return true;
  }

  std::string more_rows() const {
    if (!saver_.certified.for_half || *saver_.certified.for_half <= study_.tested) return "";
    return fmt::format("; half of that would take about {} rows to judge by", *saver_.certified.for_half);
  }

  double worthwhile_;
  RoutingStudy& study_;
  const RouterLine& ours_;
  const RouterLine& saver_;
};

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPays:
      return "pays";
    case Verdict::kWillNotPay:
      return "will_not_pay";
    case Verdict::kNotEnoughData:
      return "not_enough_data";
  }
  return "";
}

void decide(double worthwhile, RoutingStudy& study) {
  Deciding(worthwhile, study).run();
}

}  // namespace pointsman::learn
