#include "cli/top_screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cli/text_format.h"

namespace pointsman::cli {
namespace {

std::string share_text(double share) {
  return std::isfinite(share) ? percent(share) : "-";
}

std::string time_text(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  return duration(std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6)));
}

std::string rate_text(double per_second) {
  if (!std::isfinite(per_second)) return "-";
  return per_second >= 100 ? fmt::format("{:.0f}", per_second) : fmt::format("{:.1f}", per_second);
}

std::string money_text(double dollars) {
  if (!std::isfinite(dollars)) return "-";
  const double size = std::abs(dollars);
  const std::string_view sign = dollars < 0 ? "-" : "";
  return size >= 1 || size == 0 ? fmt::format("{}${:.2f}", sign, size) : fmt::format("{}${:.4f}", sign, size);
}

std::string saved_text(const TopView& view) {
  const double baseline = view.spent + view.saved;
  if (!(baseline > 0)) return money_text(view.saved) + " /h";
  return fmt::format("{} /h ({})", money_text(view.saved), percent(view.saved / baseline));
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out = printable(text, width);
  out.append(width - std::min(width, columns_of(out)), ' ');
  return out;
}

// "  code          #########               52.1 %    64.2 /s   $1.20 /h"
std::string share_line(const TopShare& one, std::size_t name_width, std::size_t bar_width) {
  const double share = std::isfinite(one.share) ? one.share : 0;
  std::string bar(static_cast<std::size_t>(std::lround(share * static_cast<double>(bar_width))), '#');
  bar.resize(bar_width, ' ');
  std::string out = fmt::format("  {} {} {:>7} {:>7} /s", padded(one.name, name_width), bar, share_text(one.share),
                                rate_text(one.per_second));
  if (one.per_hour) out += fmt::format(" {:>9} /h", money_text(*one.per_hour));
  return out;
}

void append_shares(std::string_view title, const std::vector<TopShare>& shares, std::size_t most, std::size_t columns,
                   std::vector<std::string>& out) {
  constexpr std::size_t kFixed = 36;  // all but the name and the bar
  std::size_t name_width = columns_of(title);
  for (const TopShare& one : shares) name_width = std::max(name_width, columns_of(one.name));
  const std::size_t room = columns > kFixed ? columns - kFixed : 0;
  name_width = std::min(name_width, std::max<std::size_t>(4, room * 2 / 3));
  const std::size_t bar_width = std::min<std::size_t>(40, room > name_width + 1 ? room - name_width : 1);
  out.emplace_back();
  out.push_back(fmt::format("  {}", title));
  if (shares.empty()) out.emplace_back("  (none)");
  const std::size_t shown = shares.size() > most ? most - 1 : shares.size();
  for (std::size_t i = 0; i < shown; ++i) out.push_back(share_line(shares[i], name_width, bar_width));
  if (shown < shares.size()) out.push_back(fmt::format("  and {} more", shares.size() - shown));
}

std::string head_line(const TopView& view, const TopFrame& frame) {
  std::string out = "pointsman";
  if (!view.version.empty()) out += " " + printable(view.version, 20);
  out += "  " + printable(frame.source, frame.columns / 2);
  const std::string at = utc(frame.now).substr(11, 8) + " UTC";
  const std::size_t used = columns_of(out) + at.size();
  return used + 2 <= frame.columns ? out + std::string(frame.columns - used, ' ') + at : out;
}

std::vector<std::string> figures(const TopView& view) {
  std::vector<std::string> out;
  out.push_back(fmt::format("  requests   {} /s over {:.0f} s   errors {}   refused {}   fallback {}",
                            rate_text(view.requests), view.seconds, share_text(view.errors), share_text(view.refused),
                            share_text(view.fallback)));
  out.push_back(fmt::format("  latency    p50 {}   p99 {}   first token p50 {}   p99 {}", time_text(view.p50),
                            time_text(view.p99), time_text(view.first_p50), time_text(view.first_p99)));
  out.push_back(fmt::format("  money      {} /h   saved {}   our own time p99 {}", money_text(view.spent),
                            saved_text(view), time_text(view.overhead_p99)));
  std::string state;
  if (view.connections) state += fmt::format("   {:.0f} connections", *view.connections);
  if (view.ledger_waiting) state += fmt::format("   {:.0f} waiting for the ledger", *view.ledger_waiting);
  for (const std::string& one : view.resting) state += fmt::format("   {} rests", printable(one, 40));
  if (!state.empty()) out.push_back("  state   " + state);
  return out;
}

}  // namespace

std::vector<std::string> top_screen(const TopView& view, const TopFrame& frame) {
  std::vector<std::string> out{head_line(view, frame)};
  if (!frame.note.empty()) out.push_back("  " + frame.note);
  out.emplace_back();
  if (view.seconds <= 0) {
    out.emplace_back("  waiting for a second reading ...");
  } else {
    std::ranges::move(figures(view), std::back_inserter(out));
    const std::size_t rest = frame.rows > out.size() + 7 ? frame.rows - out.size() - 5 : 2;
    const std::size_t for_routes = std::max<std::size_t>(1, std::min(view.routes.size(), rest / 2));
    append_shares("route", view.routes, for_routes, frame.columns, out);
    append_shares("model", view.models, std::max<std::size_t>(1, rest - for_routes), frame.columns, out);
  }
  if (out.size() > frame.rows) out.resize(frame.rows);
  for (std::string& line : out) line = line.empty() ? line : printable(line, frame.columns);
  return out;
}

}  // namespace pointsman::cli
