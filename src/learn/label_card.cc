#include "learn/label_card.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "text/safe_lines.h"

namespace pointsman::learn {
namespace {

constexpr std::size_t kLeastColumns = 24;
constexpr std::size_t kShownOfStage = 3;  // categories
constexpr std::size_t kLabelColumns = 13;
constexpr float kWorthShowing = 0.005F;

void add_field(std::vector<std::string>& out, std::string_view label, std::string_view value, std::size_t columns) {
  if (value.empty()) return;
  out.push_back(fmt::format("{:<{}}{}", label, kLabelColumns, text::safe_line(value, columns - kLabelColumns)));
}

// A block of somebody's words: every line of it begins with a bar, which no line of the card's own does.
void add_words(std::vector<std::string>& out, std::string_view words, std::size_t columns, std::size_t most) {
  const text::SafeLines safe = text::safe_lines(words, columns - 2, most);
  for (const std::string& line : safe.lines) out.push_back("| " + line);
  if (safe.lines.empty()) out.push_back("| (nothing to see)");
}

std::vector<std::size_t> likeliest(std::span<const float> probabilities) {
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return probabilities[a] != probabilities[b] ? probabilities[a] > probabilities[b] : a < b;
  });
  if (order.size() > kShownOfStage) order.resize(kShownOfStage);
  return order;
}

std::string said(const StageOpinion& opinion, std::span<const std::string> categories) {
  std::string out;
  const std::size_t known = std::min(opinion.probabilities.size(), categories.size());
  const auto shown = std::span(opinion.probabilities).first(known);
  for (const std::size_t c : likeliest(shown)) {
    if (shown[c] < kWorthShowing) continue;
    out += fmt::format("{}{} {:.0f} %", out.empty() ? "" : ", ", categories[c], 100 * static_cast<double>(shown[c]));
  }
  const float none = 1 - std::accumulate(shown.begin(), shown.end(), 0.0F);
  if (known > 0 && none >= kWorthShowing) {
    out += fmt::format("{}none {:.0f} %", out.empty() ? "" : ", ", 100 * static_cast<double>(none));
  }
  if (opinion.remark.empty()) return out;
  return out.empty() ? opinion.remark : out + " (" + opinion.remark + ")";
}

std::string decided(const LabelItem& item) {
  std::string out = item.category.empty() ? "no category: the fallback answered" : item.category;
  if (!item.stage.empty()) out += ", by " + item.stage;
  if (!item.model.empty()) out += "; answered by " + item.model;
  if (item.cost) out += " for $" + item.cost->to_string();
  return out;
}

}  // namespace

std::vector<std::string> card_lines(const LabelItem& item, std::span<const std::string> categories,
                                    const CardSize& size) {
  const std::size_t columns = std::max(size.columns, kLeastColumns);
  std::vector<std::string> out;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(item.when);
  add_field(out, "decision", item.id, columns);
  add_field(out, "when", fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", seconds), columns);
  add_field(out, "chosen", item.why, columns);
  if (!item.context.empty()) {
    out.emplace_back("before it the user wrote:");
    add_words(out, item.context, columns, size.context_lines);
  }
  out.emplace_back("the text:");
  if (item.text.empty()) {
    out.emplace_back("| (not kept: the policy of the ledger says so)");
  } else {
    add_words(out, item.text, columns, size.text_lines);
  }
  add_field(out, "decided", decided(item), columns);
  for (const StageOpinion& opinion : item.opinions) {
    add_field(out, text::safe_line(opinion.stage, kLabelColumns - 1), said(opinion, categories), columns);
  }
  return out;
}

std::vector<std::string> choice_lines(std::span<const LabelChoice> choices, std::size_t columns) {
  columns = std::max(columns, kLeastColumns);
  std::vector<std::string> cells;
  std::size_t widest = 0;
  for (const LabelChoice& choice : choices) {
    cells.push_back(fmt::format("{}  {}", choice.key, text::safe_line(choice.category, columns - 4)));
    widest = std::max(widest, text::columns_of(cells.back()));
  }
  std::vector<std::string> out;
  if (cells.empty()) return out;
  const std::size_t across = std::clamp<std::size_t>((columns + 3) / (widest + 3), 1, 3);
  const std::size_t down = (cells.size() + across - 1) / across;
  for (std::size_t row = 0; row < down; ++row) {
    std::string line;
    for (std::size_t at = row; at < cells.size(); at += down) {
      line += cells[at];
      if (at + down < cells.size()) line.append(widest + 3 - text::columns_of(cells[at]), ' ');
    }
    out.push_back(std::move(line));
  }
  return out;
}

}  // namespace pointsman::learn
