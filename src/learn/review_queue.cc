#include "learn/review_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "learn/likeness.h"
#include "learn/random_slice.h"

namespace pointsman::learn {
namespace {

constexpr double kMostMoney = 4;    // times the need, and its inverse the least
constexpr float kStranger = 0.15F;  // less like anything labelled is new
constexpr float kCopy = 0.7F;       // so much alike are near copies
constexpr double kDisagrees = 0.5;
constexpr double kDear = 2;          // times the mean
constexpr std::size_t kTypical = 5;  // doubtful ones that are like it

// Entropy over its largest value, what belongs to no category included.
double doubt_of(std::span<const float> p, double sharpness) {
  if (p.empty()) return 1;
  const double none = std::max(0.0, 1 - static_cast<double>(std::accumulate(p.begin(), p.end(), 0.0F)));
  double sum = std::pow(none, sharpness);
  for (const float one : p) sum += std::pow(static_cast<double>(one), sharpness);
  double entropy = 0;
  const auto count = [&](double one) {
    const double share = std::pow(one, sharpness) / sum;
    if (share > 1e-12) entropy -= share * std::log(share);
  };
  count(none);
  for (const float one : p) count(static_cast<double>(one));
  return std::clamp(entropy / std::log(static_cast<double>(p.size() + 1)), 0.0, 1.0);
}

// Total variation distance, what belongs to no category included; 0 where one said nothing.
double distance(std::span<const float> a, std::span<const float> b) {
  if (a.empty() || a.size() != b.size()) return 0;
  double sum = 0;
  double none = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double apart = static_cast<double>(a[c]) - static_cast<double>(b[c]);
    sum += std::fabs(apart);
    none += apart;
  }
  return std::min(1.0, (sum + std::fabs(none)) / 2);
}

struct Assessed {
  std::size_t candidate = 0;
  double doubt = 0;
  double stages = 0;   // how far classifier and small model disagree
  double nearest = 0;  // how far the classifier and the nearest labelled text do
  double money = 1;    // times the mean
  double need = 0;
};

class Choosing {
 public:
  Choosing(std::span<const ReviewCandidate> candidates, std::span<const KnownText> known, const ReviewOptions& options)
      : candidates_(candidates), known_(known), options_(options) {
    for (const ReviewCandidate& one : candidates) draws_.push_back(slice_draw(one.id, options.seed));
  }

  std::vector<ReviewItem> run() {
    draw_slice();
    assess();
    find_need();
    choose();
    fill_from_slice();
    return std::move(out_);
  }

 private:
  void draw_slice() {
    std::vector<std::size_t> slice;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (draws_[i] < options_.slice_rate) slice.push_back(i);
    }
    std::ranges::sort(slice, [&](std::size_t a, std::size_t b) { return before(a, b); });
    const std::size_t most = std::min({options_.count, slice.size(), random_share()});
    for (std::size_t k = 0; k < slice.size(); ++k) (k < most ? out_ : spare_).push_back(random_item(slice[k]));
  }

  ReviewItem random_item(std::size_t candidate) const {
    return {candidate, ReviewReason::kRandom, "drawn by chance, to see how often the router is right", 0,
            draws_[candidate]};
  }

  // How many of this batch the slice is owed, so that its share of all labels holds however small the batches are.
  std::size_t random_share() const {
    const auto owed = [&](std::size_t labels) {
      return std::floor(options_.random_share * static_cast<double>(labels) + 1e-9);
    };
    return static_cast<std::size_t>(std::max(0.0, owed(known_.size() + options_.count) - owed(known_.size())));
  }

  // Where nothing else is left to ask about, more of the slice, in its order.
  void fill_from_slice() {
    const std::size_t most = std::min(spare_.size(), options_.count - out_.size());
    out_.insert(out_.end(), spare_.begin(), spare_.begin() + static_cast<std::ptrdiff_t>(most));
  }

  // An order that does not depend on the one that candidates came in.
  bool before(std::size_t a, std::size_t b) const {
    return draws_[a] != draws_[b] ? draws_[a] < draws_[b] : candidates_[a].id < candidates_[b].id;
  }

  void assess() {
    double stake = 0;
    std::size_t staked = 0;
    for (const ReviewCandidate& one : candidates_) {
      stake += one.at_stake > 0 ? one.at_stake : 0;
      staked += one.at_stake > 0 ? 1 : 0;
    }
    const double mean = staked > 0 ? stake / static_cast<double>(staked) : 0;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (draws_[i] < options_.slice_rate) continue;
      const ReviewCandidate& one = candidates_[i];
      Assessed assessed{.candidate = i, .doubt = doubt_of(one.local, options_.sharpness)};
      assessed.stages = distance(one.local, one.small_model);
      if (one.at_stake > 0) assessed.money = one.at_stake / mean;
      assessed.need = need_of(assessed);
      rows_.push_back(assessed);
    }
    std::ranges::sort(rows_, [&](const Assessed& a, const Assessed& b) {
      return a.need != b.need ? a.need > b.need : before(a.candidate, b.candidate);
    });
    if (rows_.size() > options_.most) rows_.resize(options_.most);
  }

  double need_of(const Assessed& one) const {
    const double apart =
        std::max(options_.disagreement * one.stages * one.stages, options_.contradiction * one.nearest * one.nearest);
    return (one.doubt * one.doubt + apart) *
           std::clamp(std::pow(one.money, options_.money), 1 / kMostMoney, kMostMoney);
  }

  // What the nearest labelled texts say joins the need, and is where covering begins.
  void find_need() {
    std::vector<const classify::TextTrace*> traces;
    std::vector<const classify::TextTrace*> known;
    for (const Assessed& one : rows_) traces.push_back(&candidates_[one.candidate].trace);
    for (const KnownText& one : known_) known.push_back(one.trace);
    for (const ReviewItem& one : out_) known.push_back(&candidates_[one.candidate].trace);  // answered soon
    likeness_ = find_likeness(traces, known);
    covered_.assign(rows_.size(), 0);
    copied_.assign(rows_.size(), false);
    for (const classify::TextTrace* one : known) done_.insert(one->hash);
    for (std::size_t r = 0; r < rows_.size(); ++r) {
      if (!likeness_.nearest_known[r]) continue;
      const Near near = *likeness_.nearest_known[r];
      covered_[r] = static_cast<float>(options_.reach) * near.likeness;
      const auto& local = candidates_[rows_[r].candidate].local;
      const std::size_t category = near.row < known_.size() ? known_[near.row].category : local.size();
      if (category >= local.size()) continue;
      rows_[r].nearest = static_cast<double>(near.likeness * (1 - local[category]));
      rows_[r].need = need_of(rows_[r]);
    }
  }

  double worth(std::size_t row) const {
    double sum = rows_[row].need * static_cast<double>(1 - covered_[row]);
    for (const Near& near : likeness_.neighbours[row]) {
      if (near.likeness > covered_[near.row]) {
        sum += rows_[near.row].need * static_cast<double>(near.likeness - covered_[near.row]);
      }
    }
    return sum;
  }

  struct Offer {
    double worth = 0;
    std::size_t row = 0;
  };
  bool worse(const Offer& a, const Offer& b) const {
    if (a.worth != b.worth) return a.worth < b.worth;
    return before(rows_[b.row].candidate, rows_[a.row].candidate);
  }

  // Worths only fall while others are chosen, so the first whose worth is still what it was is the best (Minoux 1978).
  void choose() {
    const auto order = [&](const Offer& a, const Offer& b) { return worse(a, b); };
    std::vector<Offer> heap;
    for (std::size_t r = 0; r < rows_.size(); ++r) heap.push_back({worth(r), r});
    std::ranges::make_heap(heap, order);
    while (out_.size() < options_.count && !heap.empty()) {
      std::ranges::pop_heap(heap, order);
      Offer& best = heap.back();
      const double now = worth(best.row);
      if (now < best.worth) {
        best.worth = now;
        std::ranges::push_heap(heap, order);
        continue;
      }
      if (!(now > 0)) return;
      take(best);
      heap.pop_back();
    }
  }

  void take(const Offer& best) {
    const Assessed& one = rows_[best.row];
    if (copied_[best.row]) return;
    if (!done_.insert(candidates_[one.candidate].trace.hash).second) return;  // the same text
    ReviewItem item{.candidate = one.candidate, .worth = best.worth, .draw = draws_[one.candidate]};
    explain(best.row, item);
    out_.push_back(std::move(item));
    covered_[best.row] = 1;
    for (const Near& near : likeness_.neighbours[best.row]) {
      copied_[near.row] = copied_[near.row] || near.likeness >= kCopy;
      covered_[near.row] = std::max(covered_[near.row], static_cast<float>(options_.reach) * near.likeness);
    }
  }

  void explain(std::size_t row, ReviewItem& item) const {
    const Assessed& one = rows_[row];
    const ReviewCandidate& candidate = candidates_[one.candidate];
    if (one.stages >= kDisagrees) {
      item.reason = ReviewReason::kDisagreement;
      item.why = "the classifier and the small model disagree";
    } else if (one.nearest >= kDisagrees) {
      item.reason = ReviewReason::kDisagreement;
      item.why = "the classifier and the most similar labelled text disagree";
    } else if (one.money >= kDear) {
      item.reason = ReviewReason::kCostly;
      item.why = fmt::format("unsure, and a mistake would cost {:.1f} times the usual", one.money);
    } else if (const std::size_t like = doubtful_like(row); like >= kTypical) {
      item.reason = ReviewReason::kTypical;
      item.why = fmt::format("unsure, and so it is about {} more that are like it", like);
    } else if (!likeness_.nearest_known[row] || likeness_.nearest_known[row]->likeness < kStranger) {
      item.reason = ReviewReason::kNovel;
      item.why = "unlike anything that was labelled";
    } else {
      item.reason = ReviewReason::kUnsure;
      item.why = unsure(candidate.local);
    }
  }

  // How many more come closer to something labelled.
  std::size_t doubtful_like(std::size_t row) const {
    return static_cast<std::size_t>(std::ranges::count_if(likeness_.neighbours[row], [&](const Near& near) {
      return near.likeness > covered_[near.row] && rows_[near.row].need >= rows_[row].need / 2;
    }));
  }

  static std::string unsure(std::span<const float> local) {
    if (local.size() < 2) return "unsure";
    std::array<float, 2> top{};
    std::ranges::partial_sort_copy(local, top, std::ranges::greater{});
    return fmt::format("unsure: {:.0f} % against {:.0f} %", 100 * static_cast<double>(top[0]),
                       100 * static_cast<double>(top[1]));
  }

  std::span<const ReviewCandidate> candidates_;
  std::span<const KnownText> known_;
  const ReviewOptions& options_;
  std::vector<double> draws_;               // by candidate
  std::vector<Assessed> rows_;              // those that may be chosen, the neediest first
  Likeness likeness_;                       // by row
  std::vector<float> covered_;              // by row
  std::vector<bool> copied_;                // by row: nearly the same text was chosen
  std::unordered_set<std::uint64_t> done_;  // texts that are labelled or chosen
  std::vector<ReviewItem> out_;
  std::vector<ReviewItem> spare_;  // of the slice, beyond its share of this batch
};

}  // namespace

std::string_view to_string(ReviewReason reason) {
  constexpr std::array<std::string_view, 6> kNames = {"random", "unsure", "disagreement", "novel", "costly", "typical"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::vector<ReviewItem> choose_for_review(std::span<const ReviewCandidate> candidates, std::span<const KnownText> known,
                                          const ReviewOptions& options) {
  return Choosing(candidates, known, options).run();
}

}  // namespace pointsman::learn
