#include "telemetry/labels.h"

#include <algorithm>
#include <cassert>

namespace pointsman::telemetry {
namespace {

// Length of the well-formed UTF-8 sequence `text` begins with (Unicode 15, table 3-7); 0 if there is none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t at = 2; at < length; ++at) {
    if ((byte(at) & 0xc0) != 0x80) return 0;
  }
  return length;
}

// Escapes as the text format 0.0.4 asks: backslash, double quote and line feed.
void append_value(std::string& out, std::string_view value) {
  std::size_t taken = 0;
  while (taken < value.size()) {
    const std::size_t length = utf8_length(value.substr(taken));
    if (taken + std::max<std::size_t>(length, 1) > kMaxLabelBytes) return;
    const char c = value[taken];
    if (length == 0) {
      out += '?';
    } else if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '\\' || c == '"') out += '\\';
      out += value.substr(taken, length);
    }
    taken += std::max<std::size_t>(length, 1);
  }
}

template <class ValueOf>
std::string write_labels(const MetricSpec& metric, const ValueOf& value_of) {
  if (metric.labels.empty()) return {};
  std::string out = "{";
  for (std::string_view rest = metric.labels; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    out += name;
    out += "=\"";
    append_value(out, value_of(name));
    out += rest.empty() ? "\"" : "\",";
  }
  out += '}';
  return out;
}

[[maybe_unused]] bool in_table(const MetricSpec& metric, std::string_view name) {
  return ("," + std::string(metric.labels) + ",").contains("," + std::string(name) + ",");
}

}  // namespace

std::string label_text(const MetricSpec& metric, Labels labels) {
  assert(std::ranges::all_of(labels, [&](const Label& label) { return in_table(metric, label.name); }));
  return write_labels(metric, [&](std::string_view name) {
    const auto found = std::ranges::find(labels, name, &Label::name);
    return found == labels.end() ? std::string_view() : found->value;
  });
}

std::string other_label_text(const MetricSpec& metric) {
  return write_labels(metric, [](std::string_view) { return std::string_view("other"); });
}

}  // namespace pointsman::telemetry
