#include "simulate/fault.h"

#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace pointsman::simulate {
namespace {

enum class Number : std::uint8_t { kNone, kOptional, kRequired };

struct Name {
  std::string_view name;
  FaultKind kind;
  int status;
  Number number;
  std::uint64_t otherwise;
};

constexpr std::uint64_t kDefaultMs = 1000;

constexpr std::array kNames = {
    Name{"429", FaultKind::kStatus, 429, Number::kOptional, kDefaultMs},
    Name{"500", FaultKind::kStatus, 500, Number::kNone, 0},
    Name{"502", FaultKind::kStatus, 502, Number::kNone, 0},
    Name{"503", FaultKind::kStatus, 503, Number::kOptional, kDefaultMs},
    Name{"529", FaultKind::kStatus, 529, Number::kOptional, kDefaultMs},
    Name{"bad-key", FaultKind::kBadKey, 401, Number::kNone, 0},
    Name{"context-too-long", FaultKind::kContextTooLong, 400, Number::kNone, 0},
    Name{"html", FaultKind::kHtml, 200, Number::kNone, 0},
    Name{"html502", FaultKind::kHtml, 502, Number::kNone, 0},
    Name{"hang", FaultKind::kHang, 0, Number::kNone, 0},
    Name{"slow-read", FaultKind::kSlowRead, 0, Number::kOptional, kDefaultMs},
    Name{"slow-head", FaultKind::kSlowHead, 0, Number::kOptional, kDefaultMs},
    Name{"reset", FaultKind::kReset, 0, Number::kRequired, 0},
    Name{"close", FaultKind::kClose, 0, Number::kRequired, 0},
    Name{"stall", FaultKind::kStall, 0, Number::kRequired, 0},
    Name{"half-chunk", FaultKind::kHalfChunk, 0, Number::kRequired, 0},
    Name{"error-event", FaultKind::kErrorEvent, 0, Number::kRequired, 0},
    Name{"bad-json", FaultKind::kBadJson, 0, Number::kNone, 0},
    Name{"no-done", FaultKind::kNoDone, 0, Number::kNone, 0},
    Name{"wrong-length", FaultKind::kWrongLength, 0, Number::kNone, 0},
    Name{"garbage", FaultKind::kGarbage, 0, Number::kNone, 0},
    Name{"refusal", FaultKind::kRefusal, 0, Number::kNone, 0},
    Name{"other-label", FaultKind::kOtherLabel, 0, Number::kNone, 0},
    Name{"wrong-json", FaultKind::kWrongJson, 0, Number::kNone, 0},
    Name{"no-logprobs", FaultKind::kNoLogprobs, 400, Number::kNone, 0},
};

base::Error refused(std::string_view text, std::string_view why) {
  return base::Error(base::ErrorCode::kInvalidArgument,
                     "simulated fault '" + std::string(text) + "': " + std::string(why), base::Origin::kClient);
}

}  // namespace

base::Result<Fault> parse_fault(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  std::optional<std::uint64_t> number;
  if (at != std::string_view::npos) {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + at + 1, end, value);
    if (error != std::errc{} || stop != end) return base::fail(refused(text, "'@' is followed by a whole number"));
    number = value;
  }
  for (const Name& known : kNames) {
    if (known.name != name) continue;
    if (number && known.number == Number::kNone) return base::fail(refused(text, "takes no '@'"));
    if (!number && known.number == Number::kRequired) return base::fail(refused(text, "needs '@' and a number"));
    return Fault{known.kind, known.status, number.value_or(known.otherwise)};
  }
  return base::fail(refused(text, "no such fault"));
}

base::Result<FaultPlan> FaultPlan::make(const std::vector<FaultRate>& rates) {
  FaultPlan plan;
  double sum = 0;
  for (const FaultRate& rate : rates) {
    PM_TRY(const Fault fault, parse_fault(rate.fault));
    if (!(rate.probability >= 0 && rate.probability <= 1)) {
      return base::fail(refused(rate.fault, "a probability is between 0 and 1"));
    }
    sum += rate.probability;
    if (sum > 1 + 1e-9) return base::fail(refused(rate.fault, "the probabilities add up to more than 1"));
    plan.steps_.push_back({sum, fault});
  }
  return plan;
}

Fault FaultPlan::draw(base::Rng& rng) const {
  const double drawn = rng.uniform();
  for (const Step& step : steps_) {
    if (drawn < step.up_to) return step.fault;
  }
  return {};
}

}  // namespace pointsman::simulate
