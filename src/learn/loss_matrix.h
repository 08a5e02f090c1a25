// What it costs to keep a text locally: a number in [0, 1] for each pair of the category it truly needed and the one it
// was sent to. Sending a text to the fallback model costs nothing here: that is doubt, not a mistake.
//
// Plain values; pure. A text may truly be of no category at all ("outside").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "learn/binomial.h"

namespace pointsman::learn {

class LossMatrix {
 public:
  // 1 when a text is sent to a category that stands before the one it needs in `order` (weakest first), else 0. An
  // outside text needs what stands last.
  static LossMatrix under_routing(std::vector<std::string> order);
  // 1 whenever the category is not the true one.
  static LossMatrix any_mistake(std::vector<std::string> categories);
  // From JSON: {"needed": {"sent": 0.3, ...}, ...}; pairs that are not named cost 0 if they are equal, else 1; the name
  // "outside" on the left stands for texts of no category. kParse or kInvalidArgument with the place. A category that
  // is truly called "outside" cannot be written here.
  static base::Result<LossMatrix> read_costs(std::string_view json, std::vector<std::string> categories);

  const std::vector<std::string>& categories() const { return categories_; }
  std::size_t size() const { return categories_.size(); }
  // The index that outside() texts have as truth.
  std::size_t outside() const { return categories_.size(); }
  // Index of a true category by name; outside() for any other name.
  std::size_t truth_of(std::string_view name) const;
  float loss(std::size_t truth, std::size_t sent) const { return loss_[truth * categories_.size() + sent]; }
  // The most that keeping a text as `sent` can cost.
  float worst(std::size_t sent) const;
  LossKind kind() const;

 private:
  explicit LossMatrix(std::vector<std::string> categories);
  float& at(std::size_t truth, std::size_t sent) { return loss_[truth * categories_.size() + sent]; }

  std::vector<std::string> categories_;
  std::vector<float> loss_;  // (categories + 1) x categories, outside last
};

}  // namespace pointsman::learn
