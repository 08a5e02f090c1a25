#include "shared_redis/rate_record.h"

#include <algorithm>
#include <optional>

#include "limits/quota_definition.h"
#include "limits/rate_window.h"
#include "shared_redis/record_bytes.h"

namespace pointsman::shared_redis {
namespace {

using limits::RateChange;
using limits::RateKind;

constexpr char kVersion = 1;
constexpr std::size_t kMostOfOneNode = 255;
constexpr unsigned kKindShift = 7;
constexpr unsigned kAgeMask = 0x7F;

bool read_change(RecordReader& reader, RateChange& change) {
  const auto head = reader.byte();
  if (!head) return false;
  const auto amount = reader.varint();
  if (!amount || *amount > limits::kLargestRate || *amount < -limits::kLargestRate) return false;
  change.kind = *head >> kKindShift == 0 ? RateKind::kRequests : RateKind::kTokens;
  change.age = static_cast<std::uint8_t>(*head & kAgeMask);
  change.amount = *amount;
  return change.age < limits::RateWindow::kSlots;
}

bool read_node(RecordReader& reader, std::vector<RateChange>& out) {
  RateChange change;
  if (!reader.bytes(change.node)) return false;
  const auto count = reader.byte();
  if (!count) return false;
  for (unsigned i = 0; i < *count; ++i) {
    if (!read_change(reader, change)) return false;
    out.push_back(change);
  }
  return true;
}

}  // namespace

std::string write_rates(std::span<const RateChange> changes) {
  std::string out(1, kVersion);
  while (!changes.empty()) {
    const auto next =
        std::ranges::find_if(changes, [&](const RateChange& one) { return one.node != changes.front().node; });
    const auto same = std::min(static_cast<std::size_t>(next - changes.begin()), kMostOfOneNode);
    put_bytes(out, changes.front().node);
    out.push_back(static_cast<char>(same));
    for (const RateChange& one : changes.first(same)) {
      const unsigned kind = one.kind == RateKind::kTokens ? 1 : 0;
      out.push_back(static_cast<char>(kind << kKindShift | one.age));
      put_varint(out, std::clamp(one.amount, -limits::kLargestRate, limits::kLargestRate));
    }
    changes = changes.subspan(same);
  }
  return out;
}

base::Result<std::vector<RateChange>> read_rates(std::string_view bytes) {
  std::vector<RateChange> out;
  RecordReader reader(bytes);
  bool good = reader.byte() == kVersion;
  while (good && !reader.done()) good = read_node(reader, out);
  if (!good) return base::fail(base::ErrorCode::kCorrupt, "Redis: a record of rates that is none");
  return out;
}

}  // namespace pointsman::shared_redis
