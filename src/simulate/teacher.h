// A simulated small language model that says which label fits a text: from gold labels, as often right as stated, wrong
// between categories that are truly close, and surer of itself than it should be.
//
// It stands in for a real model in tests, demonstrations and benches; whatever is measured with it is measured with a
// simulation, and says so. Immutable once made, so any number of providers and threads may share one. The same seed,
// text, offered categories and sample always give the same answer, in whatever order the categories are offered.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "simulate/closeness.h"
#include "simulate/gold.h"

namespace pointsman::simulate {

struct TeacherOptions {
  double accuracy = 0.95;       // share of the gold texts it is right about when every category is offered
  double sharpness = 1;         // multiplies the logits of its probabilities: above 1 still surer, below 1 less sure
  double latency_ms = 180;      // median time of an answer; 0: none
  double latency_sigma = 0.35;  // of the logarithm of that time
  std::uint64_t seed = 1;
};

// About the offered categories, in their order.
struct TeacherOpinion {
  std::vector<double> chances;  // sum to 1 - outside
  double outside = 0;           // probability of writing something that is no label
  std::size_t best = 0;         // the likeliest of them
  double stated = 0;            // the confidence it puts into words: one of 0.7, 0.8, 0.85, 0.9, 0.95 and 0.99
  bool known = false;           // the text is a gold one
};

class Teacher {
 public:
  // kInvalidArgument: fewer than two categories, an empty name, or an option out of range. Of rows with the same folded
  // text the first counts.
  static base::Result<std::shared_ptr<const Teacher>> make(std::span<const GoldRow> rows,
                                                           const TeacherOptions& options = {});

  // `offered` names categories, each once and at least one; what is not among the gold ones is unlikely to be chosen.
  // If the right category is not offered it takes a close one, less surely. A text it does not know gets a spread of
  // chances by its words.
  TeacherOpinion opinion(std::string_view text, std::span<const std::string> offered) const;
  // Which of the offered categories is written: the best at temperature 0; otherwise drawn from the tempered chances,
  // by `sample`.
  std::size_t choose(const TeacherOpinion& opinion, double temperature, std::uint64_t sample) const;
  // How long the answer to the request with that key takes.
  double latency_ms(std::uint64_t key) const;

  // The gold category of that name, as people write names (spoken_name()); null if there is none.
  const std::string* category_named(std::string_view name) const;
  // Sorted by name.
  const std::vector<std::string>& categories() const { return names_; }
  std::size_t texts() const { return known_.size(); }
  const TeacherOptions& options() const { return options_; }

 private:
  static constexpr std::size_t kNoCategory = SIZE_MAX;
  struct Known {
    std::uint32_t category = 0;
    float difficulty = 0;  // standard deviations above the mean of the gold texts
    float mistake = 0;     // probability of a wrong answer
  };
  // What an answer about one text is made from.
  struct Leaning {
    std::uint64_t text = 0;          // its hash, with the seed
    const Known* known = nullptr;    // null: not a gold text
    std::vector<std::size_t> index;  // of each offered category, or kNoCategory
    std::vector<double> attraction;  // of each offered category, beyond being right
    std::size_t best = 0;            // of the offered
    bool right = false;
    bool gold_offered = false;
  };

  Teacher(std::span<const GoldRow> rows, const TeacherOptions& options, std::vector<std::string> names);
  void set_mistakes(std::span<Known* const> all);
  Leaning lean(std::string_view text, std::span<const std::string> offered) const;
  void choose_best(Leaning& leaning, const std::vector<float>& closeness) const;
  double attraction(const Leaning& leaning, std::size_t category, const std::vector<float>& closeness) const;
  std::vector<double> spread(const Leaning& leaning) const;

  TeacherOptions options_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::size_t> indices_;
  std::unordered_map<std::string, std::size_t> spoken_;
  std::unordered_map<std::uint64_t, Known> known_;  // by the hash of the folded text
  std::unique_ptr<const Closeness> closeness_;
};

}  // namespace pointsman::simulate
