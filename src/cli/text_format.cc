#include "cli/text_format.h"

#include <fmt/format.h>

#include "json/text.h"

namespace pointsman::cli {
namespace {

using std::chrono::microseconds;

std::size_t sequence_bytes(std::string_view text) {
  std::size_t bytes = 1;
  while (bytes < text.size() && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) ++bytes;
  return bytes;
}

// C0, DEL and C1 (which UTF-8 writes as C2 80 to C2 9F), where terminal commands begin.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? 0 : 1;
  return columns;
}

std::string printable(std::string_view text, std::size_t columns) {
  std::string out;
  std::size_t used = 0;
  while (!text.empty()) {
    if (used + 1 == columns && text.size() > sequence_bytes(text)) return out + "…";
    const std::string_view character = text.substr(0, sequence_bytes(text));
    text.remove_prefix(character.size());
    if (json::find_invalid_utf8(character) != std::string_view::npos) {
      out += "\xEF\xBF\xBD";
    } else if (is_control(character)) {
      out += ' ';
    } else {
      out += character;
    }
    ++used;
  }
  return out;
}

std::string shown_threshold(float threshold, bool certified) {
  if (threshold > 1) return "never";
  return certified ? fmt::format("{:.4f}, certified", threshold) : fmt::format("{:.2f}", threshold);
}

std::string corrected_before(std::string_view decision, float likeness, std::string_view category) {
  return fmt::format("like decision {} (likeness {:.2f}): {}", printable(decision, 40), likeness,
                     category.empty() ? "none of the categories" : printable(category, 40));
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", share * 100);
}

std::string utc(base::WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::string duration(microseconds time) {
  if (time < std::chrono::milliseconds(1)) return fmt::format("{} us", time.count());
  if (time < std::chrono::seconds(1)) return fmt::format("{:.1f} ms", static_cast<double>(time.count()) / 1e3);
  return fmt::format("{:.2f} s", static_cast<double>(time.count()) / 1e6);
}

std::string dollars(const std::optional<base::Money>& amount) {
  return amount ? "$" + amount->to_string() : "unknown";
}

std::string count_of(std::size_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

}  // namespace pointsman::cli
