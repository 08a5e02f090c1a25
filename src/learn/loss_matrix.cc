#include "learn/loss_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "json/document.h"

namespace pointsman::learn {
namespace {

using base::ErrorCode;
using base::Result;

constexpr std::string_view kOutside = "outside";
constexpr std::size_t kMaxCostBytes = std::size_t{4} << 20;

// Walks {"needed": {"sent": cost}} and hands every pair over.
class CostReader {
 public:
  CostReader(std::string_view text, const std::vector<std::string>& categories)
      : text_(text), categories_(categories), document_(kMaxCostBytes) {}

  template <class Take>
  Result<void> read(Take take) {
    PM_CHECK(document_.validate(text_));  // so that from here on only the meaning can be wrong
    PM_CHECK(document_.open(text_));
    json::Cursor cursor = document_.root();
    if (cursor.peek() != '{') return wrong(cursor.offset(), R"(expected an object like {"needed": {"sent": 0.5}})");
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      PM_TRY(const std::size_t truth, find(cursor, true));
      if (cursor.peek() != '{') return wrong(cursor.offset(), "expected an object of costs by the category sent to");
      for (bool inner = cursor.enter_object(); inner; inner = cursor.next_member()) {
        PM_TRY(const std::size_t sent, find(cursor, false));
        PM_TRY(const float cost, cost_of(cursor));
        take(truth, sent, cost);
      }
    }
    return {};
  }

 private:
  std::unexpected<base::Error> wrong(std::size_t offset, std::string_view what) const {
    const std::string_view before = text_.substr(0, offset);
    const auto line = std::ranges::count(before, '\n') + 1;
    const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
    const std::string place = fmt::format("{}:{}", line, offset - start + 1);
    return base::fail(base::Error(ErrorCode::kInvalidArgument, fmt::format("{}: {}", place, what)).at(place));
  }

  Result<std::size_t> find(const json::Cursor& cursor, bool truth) const {
    for (std::size_t i = 0; i < categories_.size(); ++i) {
      if (cursor.key().is(categories_[i])) return i;
    }
    if (truth && cursor.key().is(kOutside)) return categories_.size();
    return wrong(cursor.offset(), "the cost before this place is for a category that the classifier does not know");
  }

  Result<float> cost_of(json::Cursor& cursor) const {
    const std::size_t at = cursor.offset();
    cursor.skip();
    const std::string_view number = text_.substr(at, cursor.last_end() - at);
    float cost = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), cost);
    const bool whole = error == std::errc() && end == number.data() + number.size();
    if (!whole || !(cost >= 0 && cost <= 1)) return wrong(at, "a cost is a number from 0 to 1");
    return cost;
  }

  std::string_view text_;
  const std::vector<std::string>& categories_;
  json::Document document_;
};

}  // namespace

LossMatrix::LossMatrix(std::vector<std::string> categories)
    : categories_(std::move(categories)), loss_((categories_.size() + 1) * categories_.size(), 0.0F) {}

LossMatrix LossMatrix::under_routing(std::vector<std::string> order) {
  LossMatrix out(std::move(order));
  for (std::size_t truth = 0; truth <= out.size(); ++truth) {
    const std::size_t needed = std::min(truth, out.size() - 1);
    for (std::size_t sent = 0; sent < needed; ++sent) out.at(truth, sent) = 1;
  }
  return out;
}

LossMatrix LossMatrix::any_mistake(std::vector<std::string> categories) {
  LossMatrix out(std::move(categories));
  for (std::size_t truth = 0; truth <= out.size(); ++truth) {
    for (std::size_t sent = 0; sent < out.size(); ++sent) out.at(truth, sent) = truth == sent ? 0 : 1;
  }
  return out;
}

Result<LossMatrix> LossMatrix::read_costs(std::string_view json, std::vector<std::string> categories) {
  LossMatrix out = any_mistake(std::move(categories));
  CostReader reader(json, out.categories_);
  PM_CHECK(reader.read([&](std::size_t truth, std::size_t sent, float cost) { out.at(truth, sent) = cost; }));
  return out;
}

std::size_t LossMatrix::truth_of(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::find(categories_, name) - categories_.begin());
}

float LossMatrix::worst(std::size_t sent) const {
  float out = 0;
  for (std::size_t truth = 0; truth <= size(); ++truth) out = std::max(out, loss(truth, sent));
  return out;
}

LossKind LossMatrix::kind() const {
  const bool zero_one = std::ranges::all_of(loss_, [](float one) { return one == 0 || one == 1; });
  return zero_one ? LossKind::kZeroOne : LossKind::kBounded;
}

}  // namespace pointsman::learn
