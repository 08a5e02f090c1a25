#include "learn/gate_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "learn/json_text.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kColumns = 9;
constexpr std::size_t kWidest = 40;
constexpr std::size_t kMostIds = 10;  // that the table lists
using Cells = std::array<std::string, kColumns>;

// One line of harmless text; where it is cut, whole characters go.
std::string harmless(std::string_view text, std::size_t most) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (out.size() >= most && (byte & 0xC0U) != 0x80U) return out + "…";
    out += byte < 0x20 || byte == 0x7F ? '?' : c;
  }
  return out;
}

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string figure(double value) {
  return fmt::format("{:.4f}", value == 0 ? 0.0 : value);
}

Cells cells_of(const GateCheck& check) {
  const bool tested = check.rows > 0;
  return {harmless(check.set, kWidest),
          harmless(check.what, kWidest),
          std::to_string(check.rows),
          tested ? figure(check.before) : "-",
          tested ? figure(check.after) : "-",
          tested ? fmt::format("{} .. {}", figure(check.low), figure(check.high)) : "-",
          figure(check.limit),
          std::string(to_string(check.verdict)),
          check.missing > 0 ? std::to_string(check.missing) : ""};
}

std::string line_of(const Cells& cells, const std::array<std::size_t, kColumns>& widths) {
  std::string out;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::string gap(widths[i] - width_of(cells[i]), ' ');
    const bool is_text = i < 2 || i == 7;
    out += is_text ? cells[i] + gap : gap + cells[i];
    if (i + 1 < kColumns) out += "  ";
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

std::string explanation(const GateCheck& check) {
  std::string out =
      fmt::format("{}: {}, {}", to_string(check.verdict), harmless(check.set, kWidest), harmless(check.what, kWidest));
  if (check.missing > 0) {
    out += fmt::format(": {} more labels", check.missing);
    if (!check.missing_of.empty()) out += fmt::format(" of {}", harmless(check.missing_of, kWidest));
  }
  if (!check.note.empty()) out += fmt::format(": {}", harmless(check.note, 400));
  for (std::size_t i = 0; i < std::min(check.look_at.size(), kMostIds); ++i) {
    out += (i == 0 ? " Look at " : ", ") + harmless(check.look_at[i], 64);
  }
  if (check.look_at.size() > kMostIds) out += fmt::format(" and {} more", check.look_at.size() - kMostIds);
  return out + "\n";
}

bool stops(const GateCheck& check) {
  return check.verdict == CheckVerdict::kFailed || check.verdict == CheckVerdict::kTooLittleData;
}

void write(const GateCheck& check, JsonText& json) {
  json.open_object().member("set", std::string_view(check.set)).member("what", std::string_view(check.what));
  json.member("rows", check.rows).member("before", check.before).member("after", check.after);
  json.key("interval").open_array().number(check.low).number(check.high).close_array();
  json.member("limit", check.limit).member("verdict", to_string(check.verdict));
  json.member("missing", check.missing);
  if (!check.missing_of.empty()) json.member("missing_of", std::string_view(check.missing_of));
  if (!check.note.empty()) json.member("note", std::string_view(check.note));
  if (!check.look_at.empty()) {
    json.key("look_at").open_array();
    for (const std::string& id : check.look_at) json.string(id);
    json.close_array();
  }
  json.close_object();
}

}  // namespace

std::string_view to_string(CheckVerdict verdict) {
  switch (verdict) {
    case CheckVerdict::kPassed:
      return "passed";
    case CheckVerdict::kFailed:
      return "failed";
    case CheckVerdict::kTooLittleData:
      return "too little data";
    case CheckVerdict::kNotTested:
      return "not tested";
  }
  return "";
}

CheckVerdict GateReport::verdict() const {
  const auto any = [&](CheckVerdict verdict) {
    return std::ranges::any_of(checks, [&](const GateCheck& check) { return check.verdict == verdict; });
  };
  if (any(CheckVerdict::kFailed)) return CheckVerdict::kFailed;
  if (any(CheckVerdict::kTooLittleData)) return CheckVerdict::kTooLittleData;
  return any(CheckVerdict::kPassed) ? CheckVerdict::kPassed : CheckVerdict::kTooLittleData;
}

std::string GateReport::to_json() const {
  JsonText json;
  json.open_object().member("verdict", to_string(verdict())).member("promotes", promotes()).key("checks").open_array();
  for (const GateCheck& check : checks) write(check, json);
  return json.close_array().close_object().take();
}

std::string gate_table(const GateReport& report) {
  std::vector<Cells> lines{{"set", "check", "rows", "before", "after", "interval", "limit", "verdict", "missing"}};
  for (const GateCheck& check : report.checks) lines.push_back(cells_of(check));
  std::array<std::size_t, kColumns> widths{};
  for (const Cells& cells : lines) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], width_of(cells[i]));
  }
  std::string out;
  for (const Cells& cells : lines) out += line_of(cells, widths);
  for (const GateCheck& check : report.checks) {
    if (stops(check)) out += explanation(check);
  }
  return out + fmt::format("verdict: {}\n", to_string(report.verdict()));
}

}  // namespace pointsman::learn
