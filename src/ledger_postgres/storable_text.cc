#include "ledger_postgres/storable_text.h"

#include "text/utf8.h"

namespace pointsman::ledger_postgres {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

}  // namespace

std::string storable_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const text::CodePoint point = text::read_code_point(text);
    const bool bad = point.value == 0 || point.value == text::kReplacement;
    out += bad ? kReplacement : text.substr(0, point.length);
    text.remove_prefix(point.length);
  }
  return out;
}

}  // namespace pointsman::ledger_postgres
