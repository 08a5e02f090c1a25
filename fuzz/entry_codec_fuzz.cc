// links: pm_ledger
// parses: ledger/entry_codec
//
// Any bytes either decode to an entry that encodes back to the same record for ever, or are refused with a place.
#include <cstdlib>
#include <string>

#include "ledger/entry_codec.h"
#include "ledger/entry_json.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace pointsman;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto entry = ledger::decode(input);
  const auto summary = ledger::decode_summary(input);
  if (!entry) {
    if (entry.error().code() == base::ErrorCode::kCorrupt && entry.error().place().empty()) std::abort();
    return 0;
  }
  if (!summary || summary->id != entry->id) std::abort();
  if (ledger::to_json(*entry).empty()) std::abort();
  std::string first(size * 2 + ledger::kMinRecordCapacity, '\0');
  first.resize(ledger::encode(*entry, first));
  const auto again = ledger::decode(first);
  if (!again || again->truncated != entry->truncated) std::abort();
  std::string second(first.size() + ledger::kMinRecordCapacity, '\0');
  second.resize(ledger::encode(*again, second));
  if (first != second) std::abort();
  std::string small(ledger::kMinRecordCapacity, '\0');
  if (ledger::encode(*entry, small) == 0) std::abort();
  return 0;
}
