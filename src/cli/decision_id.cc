#include "cli/decision_id.h"

#include <limits>

#include "cli/text_format.h"
#include "json/text.h"

namespace pointsman::cli {
namespace {

using base::ErrorCode;

constexpr std::size_t kDigits = 32;
constexpr std::size_t kTimeDigits = 12;  // 48 bits of milliseconds (RFC 9562, section 5.7)
constexpr std::size_t kLeastDigits = 8;
constexpr std::size_t kShown = 5;

// Lower-case digits without dashes; empty if it is something else.
std::string digits_of(std::string_view id) {
  std::string digits;
  for (const char c : id) {
    if (c == '-') continue;
    const int value = json::hex_digit(c);
    if (value < 0) return "";
    digits += "0123456789abcdef"[value];
  }
  return digits.size() < kLeastDigits || digits.size() > kDigits ? "" : digits;
}

std::string digits_of(const base::Uuid& id) {
  return digits_of(id.to_string());
}

base::WallTime time_of(std::string digits, char fill) {
  digits.resize(kTimeDigits, fill);
  std::int64_t ms = 0;
  for (const char c : digits) ms = ms * 16 + json::hex_digit(c);
  return base::WallTime(std::chrono::milliseconds(ms));
}

ledger::Filter range_of(const std::string& digits) {
  ledger::Filter filter;
  filter.limit = std::numeric_limits<std::size_t>::max();
  filter.newest_first = false;
  const base::WallTime last = time_of(digits, 'f');
  filter.since = time_of(digits, '0');
  const bool end_of_time = last == time_of("", 'f');
  if (!end_of_time) filter.until = last + std::chrono::milliseconds(1);
  return filter;
}

base::Error ambiguous(std::string_view id, const std::vector<ledger::Entry>& found) {
  std::string message = "several entries begin with " + printable(id) + ":";
  for (std::size_t i = 0; i < found.size() && i < kShown; ++i) message += "\n  " + found[i].id.to_string();
  if (found.size() > kShown) message += "\n  ...";
  return base::Error(ErrorCode::kInvalidArgument, std::move(message));
}

}  // namespace

base::Result<ledger::Entry> find_entry(ledger::Reader& reader, std::string_view id) {
  const std::string digits = digits_of(id);
  if (digits.empty()) {
    return base::fail(ErrorCode::kInvalidArgument,
                      "'" + printable(id) +
                          "' is not the id of a decision; give at least its first 8 digits, as in "
                          "`pointsman log` or the header x-pointsman-decision-id");
  }
  std::vector<ledger::Entry> found;
  PM_CHECK(reader.scan(range_of(digits), [&](const ledger::Entry& entry) {
    if (digits_of(entry.id).starts_with(digits)) found.push_back(entry);
    return found.size() <= kShown;
  }));
  if (found.empty()) return base::fail(ErrorCode::kNotFound, "the ledger has no entry " + printable(id));
  if (found.size() > 1) return base::fail(ambiguous(id, found));
  return std::move(found.front());
}

}  // namespace pointsman::cli
