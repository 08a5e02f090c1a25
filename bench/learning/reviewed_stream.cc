#include "learning/reviewed_stream.h"

#include <algorithm>
#include <array>

#include "base/rng.h"
#include "classify/linear_model.h"
#include "learn/train.h"

namespace pointsman::bench {
namespace {

using base::Result;

constexpr int kFolds = 2;
constexpr float kSpreadWeight = 0.5F;  // beside a person's 1

struct Request {
  base::Uuid id;
  std::string text;
  std::size_t truth = 0;
  classify::TextTrace trace;
  std::vector<float> local;  // by the latest classifier
  std::size_t decided = 0;   // when it came
  bool labelled = false;
  std::size_t label = 0;  // what the person said
};

std::size_t best_of(std::span<const float> p) {
  return static_cast<std::size_t>(std::ranges::max_element(p) - p.begin());
}

class Stream {
 public:
  Stream(const PublicSet& set, const ReviewPlan& plan)
      : plan_(plan), categories_(learn::category_names(set.train)), order_(plan.seed), person_(plan.seed * 77 + 5) {
    base::UuidGenerator ids(plan.seed * 31 + 1);
    text::FeatureExtractor extractor;
    for (const learn::Example& one : set.train.examples) {
      Request request{.text = one.text, .truth = index_of(one.category)};
      request.trace = classify::trace_of({.text = one.text}, extractor);
      requests_.push_back(std::move(request));
    }
    for (std::size_t i = requests_.size(); i > 1; --i) std::swap(requests_[i - 1], requests_[order_.below(i)]);
    for (Request& one : requests_) one.id = ids.next(base::WallTime(std::chrono::seconds(1'700'000'000)));
    for (const learn::Example& one : set.test.examples) {
      if (index_of(one.category) < categories_.size())
        test_.push_back({.text = one.text, .truth = index_of(one.category)});
    }
    give_first_examples();
  }

  Result<ReviewRun> run() {
    for (std::size_t day = 0; day <= plan_.days; ++day) {
      if (day % plan_.train_every == 0) PM_CHECK(train());
      PM_CHECK(receive());
      label_some();
    }
    judge_by_slice();
    return std::move(out_);
  }

 private:
  std::size_t index_of(const std::string& category) const {
    return static_cast<std::size_t>(std::ranges::find(categories_, category) - categories_.begin());
  }

  // The first of each category are labelled before anything comes; the stream goes on behind them.
  void give_first_examples() {
    std::vector<std::size_t> count(categories_.size(), 0);
    std::vector<Request> given;
    std::vector<Request> rest;
    for (Request& one : requests_) {
      one.labelled = count[one.truth]++ < plan_.shots;
      one.label = one.truth;
      (one.labelled ? given : rest).push_back(std::move(one));
    }
    first_ = given.size();
    arrived_ = first_;
    requests_ = std::move(given);
    for (Request& one : rest) requests_.push_back(std::move(one));
  }

  Result<void> train() {
    learn::Dataset data;
    for (std::size_t i = 0; i < arrived_; ++i) {
      const Request& one = requests_[i];
      if (one.labelled) data.examples.push_back({.text = one.text, .category = categories_[one.label]});
    }
    if (plan_.spread) spread(data);
    learn::TrainOptions options{.threads = plan_.threads, .effort = learn::Effort::kFast, .keep_examples = false};
    options.folds = kFolds;
    if (l2_ > 0) options.l2 = {l2_};  // who trains again on nearly the same texts need not search again
    PM_TRY(learn::Trained trained, learn::train(data, options));
    l2_ = trained.report.l2;
    PM_TRY(model_, classify::LinearModel::from_string(std::move(trained.artefact)));
    scratch_ = model_->make_scratch();
    for (std::size_t i = first_; i < arrived_; ++i) {
      if (!requests_[i].labelled) PM_CHECK(score(requests_[i]));
    }
    return judge();
  }

  // What nearly the same text was called.
  void spread(learn::Dataset& data) const {
    std::vector<classify::Correction> said;
    for (std::size_t i = 0; i < arrived_; ++i) {
      const Request& one = requests_[i];
      if (!one.labelled) continue;
      said.push_back({.id = std::to_string(i), .category = categories_[one.label], .trace = one.trace});
    }
    const auto memory = classify::CorrectionMemory::build(std::move(said), {.source_share = 1});
    classify::CorrectionMemory::Scratch scratch;
    for (std::size_t i = first_; i < arrived_; ++i) {
      if (requests_[i].labelled) continue;
      const auto hit = memory->find({.text = requests_[i].text}, scratch);
      if (!hit) continue;
      data.examples.push_back(
          {.text = requests_[i].text, .category = std::string(hit->category), .weight = kSpreadWeight});
    }
  }

  Result<void> score(Request& one) {
    one.local.resize(categories_.size());
    return model_->classify({.text = one.text}, *scratch_, one.local);
  }

  Result<void> judge() {
    ReviewPoint point{.labels = labels_};
    const double each = 1 / static_cast<double>(test_.size());
    for (Request& one : test_) {
      PM_CHECK(score(one));
      const std::size_t best = best_of(one.local);
      const bool sure = static_cast<double>(one.local[best]) >= plan_.threshold;
      point.accuracy += best == one.truth ? each : 0;
      point.fallback += sure ? 0 : each;
      point.wrong += sure && best != one.truth ? each : 0;
    }
    out_.points.push_back(point);
    return {};
  }

  Result<void> receive() {
    const std::size_t to = std::min(requests_.size(), arrived_ + plan_.traffic);
    for (; arrived_ < to; ++arrived_) {
      Request& one = requests_[arrived_];
      PM_CHECK(score(one));
      one.decided = best_of(one.local);
      ++out_.decided;
      out_.decided_right += one.decided == one.truth ? 1 : 0;
    }
    return {};
  }

  void label_some() {
    std::vector<std::size_t> waiting;
    for (std::size_t i = first_; i < arrived_; ++i) {
      if (!requests_[i].labelled) waiting.push_back(i);
    }
    std::vector<std::size_t> chosen;
    if (plan_.picking == Picking::kQueue) {
      chosen = by_queue(waiting);
    } else if (plan_.picking == Picking::kMargin) {
      chosen = by_margin(std::move(waiting));
    } else {
      for (std::size_t k = 0; k < plan_.labels && k < waiting.size(); ++k) {
        std::swap(waiting[k], waiting[k + order_.below(waiting.size() - k)]);
        chosen.push_back(waiting[k]);
      }
    }
    for (const std::size_t i : chosen) answer(requests_[i]);
  }

  void answer(Request& one) {
    one.labelled = true;
    one.label = one.truth;
    if (person_.uniform() >= plan_.right)
      one.label = (one.truth + 1 + person_.below(categories_.size() - 1)) % categories_.size();
    ++labels_;
  }

  std::vector<std::size_t> by_queue(const std::vector<std::size_t>& waiting) {
    std::vector<learn::ReviewCandidate> candidates;
    std::vector<learn::KnownText> known;
    for (const std::size_t i : waiting) {
      candidates.push_back({.id = requests_[i].id, .local = requests_[i].local, .trace = requests_[i].trace});
    }
    for (std::size_t i = 0; i < arrived_; ++i) {
      if (requests_[i].labelled) known.push_back({&requests_[i].trace, requests_[i].label});
    }
    std::vector<std::size_t> chosen;
    for (const learn::ReviewItem& item : learn::choose_for_review(candidates, known, review())) {
      chosen.push_back(waiting[item.candidate]);
    }
    return chosen;
  }

  learn::ReviewOptions review() const {
    learn::ReviewOptions out = plan_.review;
    out.count = plan_.labels;
    const double random = out.random_share * static_cast<double>(plan_.labels);
    out.slice_rate = learn::slice_rate(random, static_cast<double>(plan_.traffic));
    out.seed = plan_.seed;
    return out;
  }

  // The textbook's: those whose two likeliest categories are closest.
  std::vector<std::size_t> by_margin(std::vector<std::size_t> waiting) const {
    const auto margin = [&](std::size_t i) {
      std::array<float, 2> top{};
      std::ranges::partial_sort_copy(requests_[i].local, top, std::ranges::greater{});
      return std::pair(top[0] - top[1], i);
    };
    std::ranges::sort(waiting, {}, margin);
    waiting.resize(std::min(waiting.size(), plan_.labels));
    return waiting;
  }

  // What the person said of the random slice, beside what had been decided.
  void judge_by_slice() {
    if (plan_.picking != Picking::kQueue) return;
    std::vector<learn::SliceMember> members;
    const learn::ReviewOptions options = review();
    for (std::size_t i = first_; i < arrived_; ++i) {
      const Request& one = requests_[i];
      const double draw = learn::slice_draw(one.id, options.seed);
      if (draw >= options.slice_rate) continue;
      const auto said = one.decided == one.label ? learn::SliceAnswer::kRight : learn::SliceAnswer::kWrong;
      members.push_back({draw, one.labelled ? said : learn::SliceAnswer::kWaiting});
    }
    out_.estimate = learn::estimate_from_slice(members, options.slice_rate);
  }

  const ReviewPlan& plan_;
  std::vector<std::string> categories_;
  base::Rng order_;
  base::Rng person_;
  std::vector<Request> requests_;
  std::vector<Request> test_;
  std::size_t first_ = 0;    // requests before it were given
  std::size_t arrived_ = 0;  // and before this one have come
  std::size_t labels_ = 0;
  float l2_ = 0;
  std::shared_ptr<const classify::LinearModel> model_;
  std::unique_ptr<classify::Scratch> scratch_;
  ReviewRun out_;
};

}  // namespace

Result<ReviewRun> run_review(const PublicSet& set, const ReviewPlan& plan) {
  return Stream(set, plan).run();
}

}  // namespace pointsman::bench
