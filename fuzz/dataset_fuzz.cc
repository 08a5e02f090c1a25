// links: pm_learn
// parses: learn/dataset_reader
// A data set is any bytes: reading must refuse with places, or give examples that have a text and a category.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "learn/dataset.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = pointsman::learn::read_jsonl({reinterpret_cast<const char*>(data), size}, "f");
  if (!read) {
    if (read.error().message().empty()) std::abort();
    return 0;
  }
  for (const auto& example : read->examples) {
    if (example.text.empty() || example.category.empty() || !(example.weight > 0)) std::abort();
  }
  return 0;
}
