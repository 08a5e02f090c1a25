// The query of a request to the operators' API: ?since=24h&category=code&limit=50.
//
// Pure; now is an argument. A value that belongs to one request.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/store.h"

namespace pointsman::admin {

// [since, until)
struct TimeRange {
  base::WallTime since{};
  base::WallTime until{};
};

class Query {
 public:
  static constexpr std::size_t kUsualRows = 200;
  static constexpr std::size_t kMostRows = 1000;

  // kInvalidArgument naming the parameter: not percent-encoded as it should be, given twice, or not one of `known` (the
  // nearest of which is named).
  static base::Result<Query> parse(std::string_view text, std::span<const std::string_view> known, base::WallTime now);

  // The decoded value; empty where it was not given.
  const std::string& text(std::string_view name) const;
  bool has(std::string_view name) const { return !text(name).empty(); }
  // One of `words`, the first of them unless it was given.
  base::Result<std::size_t> choice(std::string_view name, std::span<const std::string_view> words) const;

  // `since` and `until`: a duration before now, or an instant. `usual` long where no `since` was given.
  base::Result<TimeRange> range(base::Duration usual = std::chrono::hours(24)) const;
  // `limit` and `cursor` (an id).
  base::Result<std::size_t> limit() const;
  base::Result<std::optional<base::Uuid>> cursor() const;
  // category, model, stage, outcome, key, fallback; with the range, without a limit.
  base::Result<ledger::Filter> filter(const TimeRange& range) const;

 private:
  std::vector<std::pair<std::string, std::string>> values_;
  base::WallTime now_{};
};

}  // namespace pointsman::admin
