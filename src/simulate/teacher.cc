#include "simulate/teacher.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/hash.h"
#include "simulate/chance.h"

namespace pointsman::simulate {
namespace {

// The numbers below were chosen so that, on CLINC150 at accuracy 0.95, the probabilities look like those of the small
// models people classify with: four in five right answers above 0.98, wrong ones between 0.6 and 0.99, an area under
// the ROC curve of confidence for right against wrong of 0.8 to 0.85 (teacher_data_test.cc holds them to it).

constexpr double kDifficultySlope = 1.3;  // of the logit of a mistake, per standard deviation of difficulty
constexpr double kTemper = 0.1;           // closeness that multiplies the odds of a confusion by e
constexpr double kNoneCloseness = 0.25;   // of a text of unknown category with "none of them"
constexpr double kLeastLogit = 0.2;       // of the best label: a probability of 0.55

// Normal distributions of the best label's logit, `slope` lower per standard deviation of difficulty.
struct LogitShape {
  double mean;
  double slope;
  double sigma;
};
constexpr LogitShape kRight{5.7, 0.6, 2.0};
constexpr LogitShape kWrong{3.5, 0.3, 1.5};
constexpr LogitShape kForced{1.9, 0.2, 1.2};  // the right one is not offered

// Unknown texts: the closeness that multiplies the odds of a label by e, and how much chance there is in it.
constexpr double kSpreadTemper = 0.12;
constexpr double kSpreadNoise = 0.6;

// Independent draws about one text.
enum class Purpose : std::uint64_t { kMistake = 1, kLogit, kOutside, kStated };

base::Rng rng_for(std::uint64_t text, Purpose purpose) {
  return base::Rng(text ^ (static_cast<std::uint64_t>(purpose) * 0x9e3779b97f4a7c15ULL));
}

std::uint64_t hash_of(std::string_view text) {
  const std::vector<std::uint64_t> words = words_of(text);
  return base::xxh3({reinterpret_cast<const char*>(words.data()), words.size() * sizeof(words[0])});
}

double sigmoid(double logit) {
  return 1 / (1 + std::exp(-logit));
}

std::size_t largest(const std::vector<double>& values) {
  return static_cast<std::size_t>(std::ranges::max_element(values) - values.begin());
}

// Softmax of `values`, with 0 at `except` (npos: nowhere), times `total`.
std::vector<double> softmax(const std::vector<double>& values, std::size_t except, double total) {
  std::vector<double> out(values.size(), 0);
  const double top = *std::ranges::max_element(values);
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != except) sum += out[i] = std::exp(values[i] - top);
  }
  for (double& value : out) value *= sum > 0 ? total / sum : 0;
  return out;
}

bool within(double value, double least, double most) {
  return value >= least && value <= most;
}

std::string_view complaint(const TeacherOptions& options) {
  if (!within(options.accuracy, 0, 1)) return "its accuracy is between 0 and 1";
  if (!within(options.sharpness, 0.05, 20)) return "its sharpness is between 0.05 and 20";
  if (!within(options.latency_ms, 0, 600'000)) return "its latency is 0 to 600000 ms";
  if (!within(options.latency_sigma, 0, 4)) return "the sigma of its latency is 0 to 4";
  return {};
}

// Mostly next to nothing; a few percent now and then, oftener where it is wrong.
double outside_labels(std::uint64_t text, bool known, bool right) {
  base::Rng rng = rng_for(text, Purpose::kOutside);
  const bool strays = rng.uniform() < (right ? 0.08 : 0.25);
  if (!known) return std::min(log_normal(rng, 0.06, 0.8), 0.6);
  return std::min(strays ? log_normal(rng, 0.035, 0.6) : log_normal(rng, 0.0006, 1.4), 0.4);
}

// In words it says 0.99 most of the time, right or wrong.
double stated_confidence(std::uint64_t text, double difficulty, bool known, bool right) {
  base::Rng rng = rng_for(text, Purpose::kStated);
  const double sure = (known ? 0.0 : -1.0) + (right ? 0.3 : -0.3) - 0.2 * difficulty + normal(rng);
  struct Step {
    double above;
    double said;
  };
  constexpr Step kSteps[] = {{-0.9, 0.99}, {-1.7, 0.95}, {-2.3, 0.9}, {-2.6, 0.85}, {-2.9, 0.8}};
  for (const Step& step : kSteps) {
    if (sure > step.above) return step.said;
  }
  return 0.7;
}

}  // namespace

base::Result<std::shared_ptr<const Teacher>> Teacher::make(std::span<const GoldRow> rows,
                                                           const TeacherOptions& options) {
  const auto refuse = [](std::string_view why) {
    return base::fail(base::ErrorCode::kInvalidArgument, "the simulated teacher: " + std::string(why));
  };
  if (const auto wrong = complaint(options); !wrong.empty()) return refuse(wrong);
  std::set<std::string_view> names;
  for (const GoldRow& row : rows) names.insert(row.category);
  if (names.contains("")) return refuse("a gold category has no name");
  if (names.size() < 2) return refuse("it needs gold texts of at least two categories");
  return std::shared_ptr<const Teacher>(new Teacher(rows, options, {names.begin(), names.end()}));
}

Teacher::Teacher(std::span<const GoldRow> rows, const TeacherOptions& options, std::vector<std::string> names)
    : options_(options), names_(std::move(names)) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    indices_.emplace(names_[i], i);
    spoken_.emplace(spoken_name(names_[i]), i);
  }
  std::vector<std::uint32_t> owners;
  for (const GoldRow& row : rows) owners.push_back(static_cast<std::uint32_t>(indices_.at(row.category)));
  closeness_ = std::make_unique<const Closeness>(rows, owners, names_.size());
  std::vector<Known*> all;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto [place, added] = known_.try_emplace(hash_of(rows[i].text), Known{owners[i], 0, 0});
    if (!added) continue;
    std::vector<float> closeness = closeness_->of(rows[i].text, owners[i]);
    const float own = std::exchange(closeness[owners[i]], 0.0F);
    place->second.difficulty = *std::ranges::max_element(closeness) - own;
    all.push_back(&place->second);
  }
  set_mistakes(all);
}

// The probability of a mistake is logistic in the difficulty, with the intercept that gives the stated accuracy.
void Teacher::set_mistakes(std::span<Known* const> all) {
  const auto count = static_cast<double>(all.size());
  double mean = 0;
  double squares = 0;
  for (const Known* one : all) mean += one->difficulty / count;
  for (const Known* one : all) squares += (one->difficulty - mean) * (one->difficulty - mean) / count;
  const double deviation = squares > 1e-12 ? std::sqrt(squares) : 1;
  for (Known* one : all) one->difficulty = static_cast<float>((one->difficulty - mean) / deviation);
  double low = -60;
  double high = 60;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    double mistakes = 0;
    for (const Known* one : all) mistakes += sigmoid(middle + kDifficultySlope * one->difficulty);
    (mistakes / count > 1 - options_.accuracy ? high : low) = middle;
  }
  for (Known* one : all) one->mistake = static_cast<float>(sigmoid(low + kDifficultySlope * one->difficulty));
}

double Teacher::attraction(const Leaning& leaning, std::size_t category, const std::vector<float>& closeness) const {
  base::Rng rng(base::xxh3(names_[category], leaning.text));
  if (leaning.known != nullptr) {
    return (closeness[category] + closeness_->between(leaning.known->category, category)) / kTemper + gumbel(rng);
  }
  const double close = std::max<double>(closeness[category], names_[category] == kNone ? kNoneCloseness : 0);
  return close / kSpreadTemper + kSpreadNoise * gumbel(rng);
}

Teacher::Leaning Teacher::lean(std::string_view text, std::span<const std::string> offered) const {
  Leaning out;
  const std::uint64_t hash = hash_of(text);
  out.text = hash ^ (options_.seed * 0xd1342543de82ef95ULL);
  for (const std::string& name : offered) {
    const auto found = indices_.find(name);
    out.index.push_back(found == indices_.end() ? kNoCategory : found->second);
  }
  if (const auto found = known_.find(hash); found != known_.end()) {
    out.gold_offered = std::ranges::find(out.index, found->second.category) != out.index.end();
    // What belongs to no category is like a text nobody has seen, unless it may say so.
    if (out.gold_offered || names_[found->second.category] != kNone) out.known = &found->second;
  }
  const std::vector<float> closeness =
      closeness_->of(text, out.known != nullptr ? out.known->category : Closeness::kNoOwner);
  for (std::size_t i = 0; i < offered.size(); ++i) {
    if (out.index[i] != kNoCategory) {
      out.attraction.push_back(attraction(out, out.index[i], closeness));
    } else {
      base::Rng rng(base::xxh3(offered[i], out.text));
      const bool none = out.known == nullptr && offered[i] == kNone;
      out.attraction.push_back((none ? kNoneCloseness / kSpreadTemper : 0) + kSpreadNoise * gumbel(rng));
    }
  }
  choose_best(out, closeness);
  return out;
}

// A mistake is the category it would confuse this text with among all; if that one is not offered, it makes none.
void Teacher::choose_best(Leaning& leaning, const std::vector<float>& closeness) const {
  leaning.best = largest(leaning.attraction);
  if (leaning.known == nullptr) return;
  const std::size_t gold = leaning.known->category;
  std::size_t favourite = gold;
  if (rng_for(leaning.text, Purpose::kMistake).uniform() < leaning.known->mistake) {
    double most = -HUGE_VAL;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      const double drawn = i == gold ? -HUGE_VAL : attraction(leaning, i, closeness);
      if (drawn > most) favourite = i;
      most = std::max(most, drawn);
    }
  }
  for (const std::size_t wanted : {gold, favourite}) {
    const auto place = std::ranges::find(leaning.index, wanted);
    if (place != leaning.index.end()) leaning.best = static_cast<std::size_t>(place - leaning.index.begin());
  }
  leaning.right = leaning.index[leaning.best] == gold;
}

std::vector<double> Teacher::spread(const Leaning& leaning) const {
  if (leaning.known == nullptr) {
    std::vector<double> logits = leaning.attraction;
    for (double& logit : logits) logit *= options_.sharpness;
    return softmax(logits, SIZE_MAX, 1);
  }
  if (leaning.index.size() == 1) return {1.0};
  const LogitShape& shape = leaning.right ? kRight : leaning.gold_offered ? kWrong : kForced;
  base::Rng rng = rng_for(leaning.text, Purpose::kLogit);
  const double logit = shape.mean - shape.slope * leaning.known->difficulty + shape.sigma * normal(rng);
  const double top = sigmoid(std::max(options_.sharpness * logit, kLeastLogit));
  std::vector<double> out = softmax(leaning.attraction, leaning.best, 1 - top);
  out[leaning.best] = top;
  return out;
}

TeacherOpinion Teacher::opinion(std::string_view text, std::span<const std::string> offered) const {
  TeacherOpinion out;
  const Leaning leaning = lean(text, offered);
  out.known = leaning.known != nullptr;
  out.best = leaning.best;
  out.outside = outside_labels(leaning.text, out.known, leaning.right);
  out.stated = stated_confidence(leaning.text, out.known ? leaning.known->difficulty : 0, out.known, leaning.right);
  out.chances = spread(leaning);
  for (double& chance : out.chances) chance *= 1 - out.outside;
  return out;
}

std::size_t Teacher::choose(const TeacherOpinion& opinion, double temperature, std::uint64_t sample) const {
  if (!(temperature > 0)) return opinion.best;
  std::vector<double> logits;
  for (const double chance : opinion.chances) logits.push_back(std::log(std::max(chance, 1e-30)) / temperature);
  const std::vector<double> shares = softmax(logits, SIZE_MAX, 1);
  double left = base::Rng(sample ^ options_.seed).uniform();
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if ((left -= shares[i]) < 0) return i;
  }
  return opinion.best;
}

const std::string* Teacher::category_named(std::string_view name) const {
  if (const auto found = indices_.find(std::string(name)); found != indices_.end()) return &names_[found->second];
  const auto found = spoken_.find(spoken_name(name));
  return found == spoken_.end() ? nullptr : &names_[found->second];
}

double Teacher::latency_ms(std::uint64_t key) const {
  base::Rng rng(key ^ options_.seed);
  return log_normal(rng, options_.latency_ms, options_.latency_sigma);
}

}  // namespace pointsman::simulate
