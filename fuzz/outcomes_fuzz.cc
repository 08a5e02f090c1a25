// links: pm_learn
// parses: learn/outcome_reader
// Outcomes are any bytes: reading must refuse with places, or give rows whose qualities and costs are in range.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "learn/outcome.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = pointsman::learn::read_outcomes({reinterpret_cast<const char*>(data), size}, "f");
  if (!read) {
    if (read.error().message().empty()) std::abort();
    return 0;
  }
  const auto quality = [](double value) { return value >= 0 && value <= 1; };
  const auto cost = [](double value) { return value >= 0 && value <= 1e9; };
  for (const auto& row : read->rows) {
    if (row.text.empty() || !quality(row.weak_quality) || !quality(row.strong_quality)) std::abort();
    if (!cost(row.weak_cost) || !cost(row.strong_cost)) std::abort();
  }
  return 0;
}
