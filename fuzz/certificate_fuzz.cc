// links: pm_classify
// parses: classify/certificate_reader
// A certificate is any bytes: reading must refuse with a message, or give one that writes and reads back the same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "classify/certificate.h"

using pointsman::classify::read_certificate;
using pointsman::classify::write_certificate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = read_certificate({reinterpret_cast<const char*>(data), size});
  if (!read) {
    if (read.error().message().empty()) std::abort();
    return 0;
  }
  const std::string text = write_certificate(*read);
  const auto again = read_certificate(text);
  if (!again || write_certificate(*again) != text) std::abort();
  bool keeps = false;
  for (const auto& one : again->categories) keeps = keeps || one.threshold <= 1;
  if (keeps != again->certified) std::abort();
  return 0;
}
