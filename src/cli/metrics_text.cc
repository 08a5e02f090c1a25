#include "cli/metrics_text.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace pointsman::cli {
namespace {

std::optional<double> read_number(std::string_view text) {
  if (text == "+Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Behind the opening quote; leaves `at` behind the closing one. Nothing if there is none.
std::optional<std::string> read_value(std::string_view line, std::size_t& at) {
  std::string out;
  for (; at < line.size(); ++at) {
    if (line[at] == '"') {
      ++at;
      return out;
    }
    if (line[at] == '\\' && at + 1 < line.size()) {
      ++at;
      out += line[at] == 'n' ? '\n' : line[at];
    } else {
      out += line[at];
    }
  }
  return std::nullopt;
}

// Behind the opening brace; leaves `at` behind the closing one.
bool read_labels(std::string_view line, std::size_t& at, MetricsText::Labels& out) {
  while (at < line.size() && line[at] != '}') {
    const std::size_t equals = line.find("=\"", at);
    if (equals == std::string_view::npos) return false;
    const std::string_view name = line.substr(at, equals - at);
    at = equals + 2;
    auto value = read_value(line, at);
    if (!value) return false;
    out.insert_or_assign(std::string(name), std::move(*value));
    if (at < line.size() && line[at] == ',') ++at;
  }
  if (at >= line.size()) return false;
  ++at;
  return true;
}

}  // namespace

MetricsText MetricsText::parse(std::string_view text) {
  MetricsText out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    std::size_t at = line.find_first_of("{ ");
    if (at == std::string_view::npos || at == 0) continue;
    const std::string_view name = line.substr(0, at);
    Series one;
    if (line[at++] == '{' && (!read_labels(line, at, one.labels) || at >= line.size() || line[at++] != ' ')) continue;
    const auto value = read_number(line.substr(at));
    if (!value) continue;
    one.value = *value;
    out.series_[std::string(name)].push_back(std::move(one));
  }
  return out;
}

double MetricsText::sum(std::string_view name, const std::function<bool(const Labels&)>& wanted) const {
  const auto found = series_.find(name);
  if (found == series_.end()) return 0;
  double total = 0;
  for (const Series& one : found->second) {
    if (std::isfinite(one.value) && (!wanted || wanted(one.labels))) total += one.value;
  }
  return total;
}

std::map<std::string, double> MetricsText::by(std::string_view name, std::string_view label) const {
  std::map<std::string, double> out;
  const auto found = series_.find(name);
  if (found == series_.end()) return out;
  for (const Series& one : found->second) {
    const auto at = one.labels.find(label);
    if (at != one.labels.end() && std::isfinite(one.value)) out[at->second] += one.value;
  }
  return out;
}

std::vector<std::pair<double, double>> MetricsText::buckets(std::string_view name) const {
  std::map<double, double> sorted;
  const auto found = series_.find(std::string(name) + "_bucket");
  if (found == series_.end()) return {};
  for (const Series& one : found->second) {
    const auto bound = one.labels.find("le");
    const auto number = bound == one.labels.end() ? std::nullopt : read_number(bound->second);
    if (number && !std::isnan(*number)) sorted[*number] += one.value;
  }
  return {sorted.begin(), sorted.end()};
}

std::string MetricsText::label(std::string_view name, std::string_view label) const {
  const auto found = series_.find(name);
  if (found == series_.end() || found->second.empty()) return "";
  const auto at = found->second.front().labels.find(label);
  return at == found->second.front().labels.end() ? "" : at->second;
}

double growth(double before, double now) {
  return now < before ? now : now - before;
}

double quantile_between(const std::vector<std::pair<double, double>>& before,
                        const std::vector<std::pair<double, double>>& now, double share) {
  const bool same = before.size() == now.size() && !now.empty() && before.back().second <= now.back().second;
  const auto grown = [&](std::size_t at) { return now[at].second - (same ? before[at].second : 0); };
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  if (now.empty() || grown(now.size() - 1) <= 0) return nothing;
  const double wanted = share * grown(now.size() - 1);
  double below = 0;
  double bound = 0;
  for (std::size_t at = 0; at < now.size(); ++at) {
    const double here = grown(at);
    if (here >= wanted) {
      if (!std::isfinite(now[at].first)) return bound;
      return here > below ? bound + (now[at].first - bound) * (wanted - below) / (here - below) : now[at].first;
    }
    below = here;
    bound = now[at].first;
  }
  return bound;
}

}  // namespace pointsman::cli
