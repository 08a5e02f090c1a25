#include "learn/gain_scorer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>

#include "base/hash.h"

#pragma STDC FP_CONTRACT OFF

namespace pointsman::learn {

using base::Result;

namespace {

constexpr double kSubjectPrior = 20;  // rows' worth of the overall mean in each subject's mean
constexpr double kRidge = 10;         // rows' worth of "this part says nothing" in the stacking
constexpr int kSolverRounds = 500;
constexpr int kEpochs = 15;
constexpr float kTolerance = 0.02F;
constexpr double kLeastProbability = 1e-6;

constexpr int kAllRows = -1;

using Quality = double Outcome::*;

// Labels that a row has in parts: a quality of 0.7 counts as 70 % good and 30 % bad.
struct SoftRows {
  SparseRows rows;
  std::vector<std::uint32_t> labels;
  std::vector<float> weights;
  std::vector<std::uint32_t> of;  // index of the outcome

  void add(std::span<const Entry> row, std::uint32_t outcome, std::uint32_t label, double weight) {
    if (weight <= 0) return;
    rows.entries.insert(rows.entries.end(), row.begin(), row.end());
    rows.begin.push_back(rows.entries.size());
    labels.push_back(label);
    weights.push_back(static_cast<float>(weight));
    of.push_back(outcome);
  }
};

double log_loss(double quality, double probability) {
  const double p = std::clamp(probability, kLeastProbability, 1 - kLeastProbability);
  return -quality * std::log(p) - (1 - quality) * std::log(1 - p);
}

// Minimises x'Ax / 2 - b'x over x >= 0 for a symmetric positive definite A, a coordinate at a time.
GainScorer::Parts least_squares(const std::array<GainScorer::Parts, GainScorer::kParts>& a,
                                const GainScorer::Parts& b) {
  GainScorer::Parts x{};
  for (int round = 0; round < kSolverRounds; ++round) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      double rest = b[i];
      for (std::size_t k = 0; k < x.size(); ++k) rest -= k == i ? 0 : a[i][k] * x[k];
      x[i] = std::max(rest / a[i][i], 0.0);
    }
  }
  return x;
}

}  // namespace

GainScorer::Parts GainScorer::Models::parts(std::span<const Entry> row, std::vector<float>& probabilities) const {
  Parts out{};
  probabilities.resize(std::max<std::size_t>(2, subject.categories()));
  weak.probabilities(row, probabilities);
  out[0] = 1 - static_cast<double>(probabilities[1]);
  strong.probabilities(row, probabilities);
  out[1] = static_cast<double>(probabilities[1]);
  out[2] = out[0] * (1 - out[0]);
  if (subject.categories() == 0) return out;
  subject.probabilities(row, probabilities);
  for (std::size_t s = 0; s < subject_gain.size(); ++s) {
    out[3] += static_cast<double>(probabilities[s]) * subject_gain[s];
  }
  return out;
}

double GainScorer::join(const Parts& parts) const {
  double sum = offset_;
  for (std::size_t i = 0; i < parts.size(); ++i) sum += weight_[i] * parts[i];
  return sum;
}

double GainScorer::score(std::string_view text, Scratch& scratch) const {
  space_.vector_of(scratch.extractor, text, scratch.row);
  return join(models_.parts(scratch.row, scratch.probabilities));
}

class GainFitting {
 public:
  GainFitting(std::span<const Outcome* const> rows, const GainOptions& options) : given_(rows), options_(options) {}

  GainScorer run() {
    order();
    vectorise();
    choose_l2();
    std::vector<GainScorer::Parts> parts(data_.size());
    for (int fold = 0; fold < options_.folds; ++fold) predict(fold, parts);
    stack(parts);
    out_.models_ = fit_models(kAllRows);
    out_.out_of_fold_.resize(data_.size());
    for (std::size_t i = 0; i < data_.size(); ++i) out_.out_of_fold_[position_[i]] = out_.join(parts[i]);
    return std::move(out_);
  }

 private:
  // Rows are learnt from in an order that follows from their content; those of one text share a fold.
  void order() {
    position_.resize(given_.size());
    std::iota(position_.begin(), position_.end(), std::size_t{0});
    std::vector<std::uint64_t> hash;
    for (const Outcome* row : given_) hash.push_back(base::xxh3(row->text, options_.seed));
    std::sort(position_.begin(), position_.end(), [&](std::size_t a, std::size_t b) {
      const auto key = [&](std::size_t i) {
        const Outcome& row = *given_[i];
        return std::tie(hash[i], row.text, row.subject, row.weak_quality, row.strong_quality);
      };
      return key(a) < key(b);
    });
    for (const std::size_t at : position_) {
      data_.push_back(given_[at]);
      fold_.push_back(static_cast<int>(hash[at] % static_cast<std::uint64_t>(options_.folds)));
    }
  }

  void vectorise() {
    std::vector<std::string_view> texts;
    for (const Outcome* row : data_) texts.push_back(row->text);
    out_.space_ = TextSpace::fit(texts, options_.space);
    rows_ = out_.space_.rows_of(texts);
    for (std::uint32_t i = 0; i < data_.size(); ++i) {
      const Outcome& one = *data_[i];
      const auto row = rows_.row(i);
      weak_.add(row, i, 0, 1 - one.weak_quality);
      weak_.add(row, i, 1, one.weak_quality);
      strong_.add(row, i, 0, 1 - one.strong_quality);
      strong_.add(row, i, 1, one.strong_quality);
    }
    name_subjects();
  }

  void name_subjects() {
    std::map<std::string_view, std::uint32_t> names;
    for (const Outcome* row : data_) names.emplace(row->subject, 0);
    subjects_ = 0;
    for (auto& [name, number] : names) number = static_cast<std::uint32_t>(subjects_++);
    for (const Outcome* row : data_) subject_.push_back(names.at(row->subject));
    ones_.assign(data_.size(), 1.0F);
  }

  std::size_t features() const { return out_.space_.features(); }

  // A model of all rows but those of one fold; kAllRows leaves out none.
  LinearHead fit_soft(const SoftRows& from, float l2, int left_out) const {
    std::vector<std::uint32_t> use;
    for (std::uint32_t i = 0; i < from.of.size(); ++i) {
      if (fold_[from.of[i]] != left_out) use.push_back(i);
    }
    return LinearHead::fit({&from.rows, from.labels, from.weights, features(), 2}, std::move(use), how(l2));
  }

  GainScorer::Models fit_models(int left_out) const {
    return {fit_soft(weak_, out_.quality_l2_, left_out), fit_soft(strong_, out_.quality_l2_, left_out),
            fit_subject(left_out), subject_gains(left_out)};
  }

  LinearHead fit_subject(int left_out) const {
    if (subjects_ < 2) return {};
    std::vector<std::uint32_t> use;
    for (std::uint32_t i = 0; i < data_.size(); ++i) {
      if (fold_[i] != left_out) use.push_back(i);
    }
    return LinearHead::fit({&rows_, subject_, ones_, features(), subjects_}, std::move(use), how(options_.subject_l2));
  }

  FitOptions how(float l2) const {
    return {.l2 = l2, .max_epochs = kEpochs, .tolerance = kTolerance, .seed = options_.seed};
  }

  std::vector<double> subject_gains(int left_out) const {
    std::vector<double> sum(subjects_, 0);
    std::vector<double> count(subjects_, 0);
    double all = 0;
    double rows = 0;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      if (fold_[i] == left_out) continue;
      sum[subject_[i]] += data_[i]->gain();
      count[subject_[i]] += 1;
      all += data_[i]->gain();
      rows += 1;
    }
    const double mean = rows > 0 ? all / rows : 0;
    for (std::size_t s = 0; s < subjects_; ++s) sum[s] = (sum[s] + kSubjectPrior * mean) / (count[s] + kSubjectPrior);
    return sum;
  }

  // The penalty whose models foretell both qualities best on what they had not seen.
  void choose_l2() {
    double least = 0;
    for (const float l2 : options_.quality_l2) {
      double loss = 0;
      for (int fold = 0; fold < options_.folds; ++fold) {
        loss += loss_of(fit_soft(weak_, l2, fold), fold, &Outcome::weak_quality);
        loss += loss_of(fit_soft(strong_, l2, fold), fold, &Outcome::strong_quality);
      }
      if (out_.quality_l2_ > 0 && loss >= least) continue;
      least = loss;
      out_.quality_l2_ = l2;
    }
  }

  double loss_of(const LinearHead& head, int fold, Quality quality) const {
    std::array<float, 2> probabilities{};
    double loss = 0;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      if (fold_[i] != fold) continue;
      head.probabilities(rows_.row(i), probabilities);
      loss += log_loss(data_[i]->*quality, static_cast<double>(probabilities[1]));
    }
    return loss;
  }

  void predict(int fold, std::vector<GainScorer::Parts>& parts) const {
    const GainScorer::Models models = fit_models(fold);
    std::vector<float> probabilities;
    for (std::size_t i = 0; i < data_.size(); ++i) {
      if (fold_[i] == fold) parts[i] = models.parts(rows_.row(i), probabilities);
    }
  }

  // Ridge regression of the gain on the parts, both centred, each part on the scale of its own spread.
  void stack(const std::vector<GainScorer::Parts>& parts) {
    const auto n = static_cast<double>(parts.size());
    GainScorer::Parts mean{};
    GainScorer::Parts spread{};
    double mean_gain = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      for (std::size_t k = 0; k < GainScorer::kParts; ++k) mean[k] += parts[i][k] / n;
      mean_gain += data_[i]->gain() / n;
    }
    for (const auto& one : parts) {
      for (std::size_t k = 0; k < GainScorer::kParts; ++k) spread[k] += (one[k] - mean[k]) * (one[k] - mean[k]) / n;
    }
    for (double& one : spread) one = one > 1e-12 ? std::sqrt(one) : 1;
    std::array<GainScorer::Parts, GainScorer::kParts> products{};
    GainScorer::Parts right{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      for (std::size_t k = 0; k < GainScorer::kParts; ++k) {
        const double x = (parts[i][k] - mean[k]) / spread[k];
        right[k] += x * (data_[i]->gain() - mean_gain);
        for (std::size_t j = 0; j < GainScorer::kParts; ++j) products[k][j] += x * (parts[i][j] - mean[j]) / spread[j];
      }
    }
    for (std::size_t k = 0; k < GainScorer::kParts; ++k) products[k][k] += kRidge;
    out_.weight_ = least_squares(products, right);
    out_.offset_ = mean_gain;
    for (std::size_t k = 0; k < GainScorer::kParts; ++k) {
      out_.weight_[k] /= spread[k];
      out_.offset_ -= out_.weight_[k] * mean[k];
    }
  }

  std::span<const Outcome* const> given_;
  const GainOptions& options_;
  std::vector<std::size_t> position_;  // in the rows given, of each row in data_
  std::vector<const Outcome*> data_;
  std::vector<int> fold_;
  SparseRows rows_;
  SoftRows weak_;
  SoftRows strong_;
  std::size_t subjects_ = 0;
  std::vector<std::uint32_t> subject_;
  std::vector<float> ones_;
  GainScorer out_;
};

Result<GainScorer> GainScorer::fit(std::span<const Outcome* const> rows, const GainOptions& options) {
  if (rows.size() >= kLeastGainRows) return GainFitting(rows, options).run();
  return base::fail(base::ErrorCode::kInvalidArgument,
                    "to learn from, at least " + std::to_string(kLeastGainRows) + " rows are needed, there are " +
                        std::to_string(rows.size()),
                    base::Origin::kClient);
}

}  // namespace pointsman::learn
