#include "gateway/denial.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/money.h"
#include "limits/quota_definition.h"

namespace pointsman::gateway {
namespace {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Retry;
using limits::Denial;
using limits::LimitKind;

std::string dollars(std::int64_t nanos) {
  return "$" + base::Money{nanos}.to_string();
}

// Whose limit it is: an end user's node is named after the key and the user, which is no news to the client.
std::string_view whose(const Denial& denial) {
  return std::string_view(denial.node).substr(0, denial.node.find(limits::kEndUserMark));
}

std::string_view span_of(limits::Period period) {
  switch (period) {
    case limits::Period::kHour:
      return "an hour";
    case limits::Period::kDay:
      return "a day";
    case limits::Period::kWeek:
      return "a week";
    case limits::Period::kMonth:
      return "a month";
    case limits::Period::kTotal:
      return "in all";
  }
  return "";
}

std::string after(base::Duration wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  if (seconds < 120) return fmt::format("{} s", seconds);
  if (seconds < 2 * 3600) return fmt::format("{} min", (seconds + 59) / 60);
  if (seconds < 48 * 3600) return fmt::format("{} h", (seconds + 3599) / 3600);
  return fmt::format("{} days", (seconds + 86'399) / 86'400);
}

std::string what_to_do(const Denial& denial) {
  switch (denial.recovery) {
    case limits::Recovery::kAfter:
      return "; there is room again in " + after(denial.retry_after);
    case limits::Recovery::kWhenOthersFinish:
      return "; there is room again when requests that are under way have ended";
    case limits::Recovery::kNever:
      return denial.asked > denial.maximum ? "; ask for less, such as with a smaller max_tokens" : "";
  }
  return "";
}

std::string budget_message(const Denial& denial) {
  const bool money = denial.limit == LimitKind::kMoney;
  const auto amount = [&](std::int64_t value) { return money ? dollars(value) : fmt::format("{} tokens", value); };
  return fmt::format(
      "the budget of '{}' ({} {}) has no room for this request, which may cost up to {}: {} spent, {} "
      "set aside for requests under way{}",
      whose(denial), amount(denial.maximum), span_of(denial.period.value_or(limits::Period::kTotal)),
      amount(denial.asked), amount(denial.used), amount(denial.reserved), what_to_do(denial));
}

std::string rate_message(const Denial& denial) {
  const std::string_view unit = denial.limit == LimitKind::kTokensPerMinute ? "tokens" : "requests";
  return fmt::format("'{}' may use {} {} a minute, and this request needs {} more{}", whose(denial), denial.maximum,
                     unit, denial.asked, what_to_do(denial));
}

}  // namespace

Error error_of(const Denial& denial) {
  switch (denial.limit) {
    case LimitKind::kMoney:
    case LimitKind::kTokens:
      return Error(ErrorCode::kQuotaExceeded, budget_message(denial), Origin::kClient);
    case LimitKind::kRequestsPerMinute:
    case LimitKind::kTokensPerMinute: {
      const bool waits = denial.recovery != limits::Recovery::kNever;
      return Error(ErrorCode::kRateLimited, rate_message(denial), Origin::kClient,
                   waits ? Retry::kSameTarget : Retry::kNo);
    }
    case LimitKind::kConcurrentRequests:
      return Error(ErrorCode::kRateLimited,
                   fmt::format("'{}' may have {} requests under way at a time; wait for one to end", whose(denial),
                               denial.maximum),
                   Origin::kClient, Retry::kSameTarget);
    case LimitKind::kUnknownPrice:
      return Error(
          ErrorCode::kQuotaExceeded,
          fmt::format("'{}' has a budget in money, and nobody knows what this model may cost: set its price and "
                      "max_output in the gateway's configuration, or send max_tokens",
                      whose(denial)),
          Origin::kClient);
    case LimitKind::kUnknownSpend:
      return Error(ErrorCode::kOverloaded,
                   fmt::format("the budget of '{}' is shared with other replicas, and what is left of it cannot be "
                               "checked at present; try again",
                               whose(denial)),
                   Origin::kGateway, Retry::kSameTarget);
    case LimitKind::kReservations:
      return Error(ErrorCode::kOverloaded, "too many requests are under way");
    case LimitKind::kUnknownNode:
      return Error(ErrorCode::kUnauthorized, "this key has just been revoked", Origin::kClient);
  }
  return Error(ErrorCode::kInternal, "a limit without a name");
}

void append_retry_fields(const Denial& denial, std::string& head) {
  if (denial.recovery != limits::Recovery::kAfter) return;
  const auto wait = std::max(denial.retry_after, base::Duration(0));
  fmt::format_to(std::back_inserter(head), "retry-after: {}\r\nretry-after-ms: {}\r\n",
                 std::chrono::ceil<std::chrono::seconds>(wait).count(),
                 std::chrono::ceil<std::chrono::milliseconds>(wait).count());
}

}  // namespace pointsman::gateway
