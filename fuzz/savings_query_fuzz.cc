// links: pm_gateway
// The query of GET /admin/v1/savings: any bytes are read or refused by name.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "gateway/savings_query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman;
  constexpr base::WallTime kNow{std::chrono::seconds(1'767'348'000)};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto query = gateway::read_savings_query(text, kNow);
  if (!query && query.error().code() != base::ErrorCode::kInvalidArgument) std::abort();
  if (query && !query->filter.since) std::abort();
  return 0;
}
