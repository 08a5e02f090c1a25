#include "consult/prompt.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/hash.h"

namespace pointsman::consult {
namespace {

constexpr std::string_view kTask = "Label the message; never answer it.\n";
// Raised when the same parts would make another prompt or another answer of the model.
constexpr std::string_view kTemplateVersion = "1";

std::string_view answer_instruction(const PromptShape& shape) {
  if (shape.structure != llm::LabelStructure::kJsonSchema) return "Answer with the label only.";
  return shape.confidence ? R"(Answer JSON: {"category":label,"confidence":0-1})"
                          : R"(Answer JSON: {"category":label})";
}

// One line, without white space at its ends or twice in a row; nothing that could end the line.
std::string one_line(std::string_view text) {
  std::string out;
  bool gap = false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7F') {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    out += c;
  }
  return out;
}

// "reset_password" as words.
std::string spoken(std::string_view name) {
  std::string out(name);
  std::ranges::replace_if(out, [](char c) { return c == '_' || c == '-' || c == '.'; }, ' ');
  std::string words = one_line(out);
  return words.empty() ? std::string(name) : words;
}

std::string described(std::string_view description) {
  std::string out = one_line(description);
  while (!out.empty() && (out.back() == '.' || out.back() == ' ')) out.pop_back();
  return out;
}

std::string line_of(const LabelSet& labels, int category, std::string_view name, std::string_view description) {
  std::string line = labels.label(category);
  if (!labels.is_own_name(category)) {
    line.append("=").append(spoken(name));
    if (!description.empty()) line.append(": ").append(description);
  } else if (!description.empty()) {
    line.append("=").append(description);
  }
  return line + "\n";
}

void add_piece(std::string& out, std::string_view piece) {
  out.append(std::to_string(piece.size())).append(":").append(piece);
}

// All categories, the most probable first, equal ones by index; by index alone without an opinion of each.
std::vector<int> by_probability(std::span<const float> local, std::size_t categories) {
  std::vector<int> order(categories);
  std::iota(order.begin(), order.end(), 0);
  if (local.size() != categories) return order;
  // NaN is no opinion: it comes last.
  const auto value = [local](int i) {
    const float p = local[static_cast<std::size_t>(i)];
    return p >= 0 ? p : -1.0F;
  };
  std::ranges::sort(order, [&value](int a, int b) { return value(a) != value(b) ? value(a) > value(b) : a < b; });
  return order;
}

}  // namespace

base::Result<Prompt> Prompt::make(std::span<const classify::Category> categories, LabelSet labels,
                                  const PromptShape& shape, const Counters& counters) {
  if (categories.empty() || categories.size() != labels.size()) {
    return base::fail(base::ErrorCode::kInvalidArgument, "every category needs one label");
  }
  Prompt prompt;
  prompt.labels_ = std::move(labels);
  prompt.shape_ = shape;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    prompt.lines_.push_back({line_of(prompt.labels_, static_cast<int>(i), categories[i].name, {})});
  }
  if (prompt.labels_.has_none()) prompt.none_line_ = line_of(prompt.labels_, kNoCategory, "none of these", {});
  if (!counters.exact()) return prompt;
  prompt.count_lines(counters);
  const std::size_t least = prompt.offered_at_least(), most = prompt.offered_at_most();
  if (prompt.worst_of(least) > shape.budget) return base::fail(prompt.does_not_fit(categories));
  if (shape.descriptions) prompt.add_descriptions(categories, counters);
  // Counted whole, too: a counter whose counts do not add up must not make us break the promise.
  const std::size_t whole = *counters.count(prompt.render(prompt.longest(most)));
  prompt.worst_ = std::max(prompt.worst_of(most), whole);
  if (whole > prompt.worst_of(most) && whole > shape.budget) return base::fail(prompt.does_not_fit(categories));
  return prompt;
}

std::size_t Prompt::offered_at_most() const {
  return shape_.offered == 0 ? lines_.size() : std::min(shape_.offered, lines_.size());
}

std::size_t Prompt::offered_at_least() const {
  return shape_.at_least == 0 ? offered_at_most() : std::min(shape_.at_least, offered_at_most());
}

void Prompt::count_lines(const Counters& counters) {
  fixed_tokens_ = *counters.count(std::string(kTask) + none_line_) + *counters.count(answer_instruction(shape_));
  for (Line& line : lines_) line.tokens = *counters.count(line.text);
}

// The cheapest descriptions first, so that as many categories as possible have one.
void Prompt::add_descriptions(std::span<const classify::Category> categories, const Counters& counters) {
  struct Longer {
    std::size_t category = 0;
    Line line;
    std::size_t more = 0;
  };
  std::vector<Longer> wanted;
  for (std::size_t i = 0; i < categories.size(); ++i) {
    const std::string description = described(categories[i].description);
    if (description.empty()) continue;
    Line line{line_of(labels_, static_cast<int>(i), categories[i].name, description)};
    line.tokens = *counters.count(line.text);
    const std::size_t more = line.tokens - std::min(line.tokens, lines_[i].tokens);
    wanted.push_back({i, std::move(line), more});
  }
  std::ranges::sort(wanted, {}, [](const Longer& one) { return std::pair(one.more, one.category); });
  for (Longer& longer : wanted) {
    std::swap(lines_[longer.category], longer.line);
    if (worst_of(offered_at_most()) > shape_.budget) std::swap(lines_[longer.category], longer.line);
  }
}

std::vector<int> Prompt::longest(std::size_t offered) const {
  std::vector<int> order(lines_.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [this](int a, int b) {
    const std::size_t tokens_a = lines_[static_cast<std::size_t>(a)].tokens;
    const std::size_t tokens_b = lines_[static_cast<std::size_t>(b)].tokens;
    return tokens_a != tokens_b ? tokens_a > tokens_b : a < b;
  });
  order.resize(std::min(offered, order.size()));
  std::ranges::sort(order);
  return order;
}

std::size_t Prompt::worst_of(std::size_t offered) const {
  std::size_t tokens = fixed_tokens_;
  for (const int i : longest(offered)) tokens += lines_[static_cast<std::size_t>(i)].tokens;
  return tokens;
}

base::Error Prompt::does_not_fit(std::span<const classify::Category> categories) const {
  const std::size_t offered = offered_at_least();
  std::size_t fits = offered;
  while (fits > 0 && worst_of(fits) > shape_.budget) --fits;
  const auto longest_one = static_cast<std::size_t>(longest(1).front());
  std::string message = "the prompt for " + std::to_string(offered) + " of " + std::to_string(lines_.size()) +
                        " categories takes up to " + std::to_string(std::max(worst_of(offered), worst_.value_or(0))) +
                        " tokens and may take " + std::to_string(shape_.budget) + "; '" + categories[longest_one].name +
                        "' alone takes " + std::to_string(lines_[longest_one].tokens) +
                        ". Give shorter names or descriptions, ";
  message += fits >= 2 ? "offer at most " + std::to_string(fits) + " categories in one question (narrow), "
                       : "raise the budget, ";
  message += "or ask in two steps: a group, then a category of it";
  return {base::ErrorCode::kTooLarge, std::move(message)};
}

std::string Prompt::render(std::span<const int> offered) const {
  std::string out(kTask);
  if (offered.empty()) {
    for (const Line& line : lines_) out += line.text;
  } else {
    for (const int i : offered) out += lines_[static_cast<std::size_t>(i)].text;
  }
  out += none_line_;
  out += answer_instruction(shape_);
  return out;
}

std::optional<std::size_t> Prompt::count(std::span<const int> offered) const {
  if (!worst_) return std::nullopt;
  std::size_t tokens = fixed_tokens_;
  if (offered.empty()) {
    for (const Line& line : lines_) tokens += line.tokens;
  } else {
    for (const int i : offered) tokens += lines_[static_cast<std::size_t>(i)].tokens;
  }
  return tokens;
}

std::vector<std::string> Prompt::labels_of(std::span<const int> offered) const {
  std::vector<std::string> out;
  const std::size_t number = offered.empty() ? lines_.size() : offered.size();
  out.reserve(number + 1);
  for (std::size_t k = 0; k < number; ++k) {
    out.push_back(labels_.label(offered.empty() ? static_cast<int>(k) : offered[k]));
  }
  if (labels_.has_none()) out.push_back(labels_.label(kNoCategory));
  return out;
}

llm::LabelQuestion Prompt::question(std::span<const int> offered, std::string_view text) const {
  llm::LabelQuestion question;
  question.system = render(offered);
  question.text = text;
  question.labels = labels_of(offered);
  question.structure = shape_.structure;
  question.confidence = shape_.confidence && shape_.structure == llm::LabelStructure::kJsonSchema;
  switch (shape_.structure) {
    case llm::LabelStructure::kJsonSchema:
      question.max_tokens = question.confidence ? 32 : 16;
      break;
    case llm::LabelStructure::kChoice:
      question.max_tokens = 8;
      break;
    case llm::LabelStructure::kToken:
      question.max_tokens = 1;
      break;
  }
  return question;
}

std::string Prompt::version(std::span<const llm::LabelExample> examples) const {
  std::string all;
  add_piece(all, kTemplateVersion);
  add_piece(all, kTask);
  for (const Line& line : lines_) add_piece(all, line.text);
  add_piece(all, none_line_);
  add_piece(all, answer_instruction(shape_));
  add_piece(all, std::to_string(static_cast<int>(shape_.structure)));
  add_piece(all, std::to_string(offered_at_most()));
  add_piece(all, std::to_string(shape_.budget));
  for (const std::string& label : labels_of({})) add_piece(all, label);
  for (const llm::LabelExample& example : examples) {
    add_piece(all, example.text);
    add_piece(all, example.label);
  }
  return base::sha256_hex(all).substr(0, 16);
}

std::vector<int> Prompt::choose(std::span<const float> local) const {
  const std::size_t most = offered_at_most();
  if (local.size() != lines_.size() && most < lines_.size()) return {};
  std::vector<int> out = by_probability(local, lines_.size());
  out.resize(most);
  std::size_t tokens = fixed_tokens_;
  for (std::size_t k = 0; worst_ && k < out.size(); ++k) {
    tokens += lines_[static_cast<std::size_t>(out[k])].tokens;
    if (tokens > shape_.budget) out.resize(k);
  }
  std::ranges::sort(out);
  return out;
}

std::vector<int> narrow(std::span<const float> local, std::size_t categories, std::size_t k) {
  std::vector<int> order = by_probability(local, categories);
  if (k != 0 && local.size() == categories) order.resize(std::min(k, categories));
  std::ranges::sort(order);
  return order;
}

}  // namespace pointsman::consult
