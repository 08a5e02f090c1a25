// links: pm_encode
// parses: encode/table_reader encode/static_table
// Tables of token vectors: as they come, and with a valid hash so that the checks behind it are reached; what opens
// must encode.
#include <cstddef>
#include <cstdint>
#include <string>

#include "encode/static_table.h"

namespace {

void open_and_use(std::string bytes) {
  const auto table = pointsman::encode::StaticTable::from_string(std::move(bytes));
  if (!table) return;
  const auto scratch = (*table)->make_scratch();
  std::vector<float> out((*table)->dimensions());
  const std::string_view text = "Reset my password, \xc3\xa9 \xff [UNK] \xe4\xb8\xad";
  (*table)->encode(std::span(&text, 1), *scratch, out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  open_and_use(bytes);
  pointsman::encode::seal_table(bytes);
  open_and_use(std::move(bytes));
  return 0;
}
