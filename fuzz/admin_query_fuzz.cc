// links: pm_admin
// parses: admin/query
// The query of the operators' API, and the token in a Cookie header: any bytes are read or refused by name.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "admin/query.h"
#include "admin/session_book.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  constexpr base::WallTime kNow{std::chrono::seconds(1'767'348'000)};
  constexpr std::array<std::string_view, 11> kKnown = {"since",   "until", "by",       "category", "model", "stage",
                                                       "outcome", "key",   "fallback", "limit",    "cursor"};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (admin::session_token(text).size() > size) std::abort();
  const auto query = admin::Query::parse(text, kKnown, kNow);
  if (!query) {
    if (query.error().code() != base::ErrorCode::kInvalidArgument) std::abort();
    return 0;
  }
  const auto range = query->range();
  if (range && range->until <= range->since) std::abort();
  if (range) (void)query->filter(*range);
  (void)query->cursor();
  const auto limit = query->limit();
  if (limit && (*limit < 1 || *limit > admin::Query::kMostRows)) std::abort();
  return 0;
}
