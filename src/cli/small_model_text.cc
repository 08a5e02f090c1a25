#include "cli/small_model_text.h"

#include <algorithm>

#include "cli/table.h"
#include "cli/text_format.h"
#include "config/units.h"

namespace pointsman::cli {
namespace {

constexpr std::size_t kShownLabels = 20;
constexpr std::size_t kShownOpinions = 5;

// The categories whose lines take most room, as many as one question offers.
std::vector<int> longest_choice(const consult::Prompt& prompt) {
  std::vector<float> room;
  for (int i = 0; i < static_cast<int>(prompt.categories()); ++i) {
    const std::array<int, 1> alone{i};
    room.push_back(static_cast<float>(prompt.count(alone).value_or(prompt.render(alone).size())));
  }
  return prompt.choose(room);
}

void print_prompt(const consult::Prompt& prompt, Output& out) {
  const std::vector<int> offered = longest_choice(prompt);
  out.print("  its prompt, with the longest choice of {}:\n",
            count_of(offered.empty() ? prompt.categories() : offered.size(), "label", "labels"));
  const std::string text = prompt.render(offered);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    out.print("    | {}\n", printable(std::string_view(text).substr(at, end - at), 200));
    at = end + 1;
  }
  if (const auto tokens = prompt.count(offered)) {
    out.print("    {} of at most {} tokens, as OpenAI's vocabularies count\n", *tokens, prompt.shape().budget);
  } else {
    out.write("    this build cannot count tokens: the vocabularies were not there when it was made\n");
  }
}

void print_labels(const consult::LabelSet& labels, const std::vector<std::string>& categories, Output& out) {
  Table table({{"label"}, {"category"}}, 4);
  for (std::size_t i = 0; i < categories.size() && i < kShownLabels; ++i) {
    table.add({printable(labels.label(static_cast<int>(i)), 20), printable(categories[i], 60)});
  }
  table.print(out);
  if (categories.size() > kShownLabels) out.print("    and {} more\n", categories.size() - kShownLabels);
}

void print_examples(const gateway::Consultant& consultant, Output& out) {
  using config::LlmExamples;
  switch (consultant.settings().examples) {
    case LlmExamples::kNone:
      return out.write("  it is shown no examples\n");
    case LlmExamples::kNearest:
      return out.print("  it is shown up to {} of the examples that are most like the request\n",
                       consultant.settings().shots);
    case LlmExamples::kFixed:
      break;
  }
  const std::vector<llm::LabelExample> examples = consultant.question("", {}).examples;
  if (examples.empty()) {
    return out.write("  it is shown no examples: the categories have none; see router.llm.examples_file\n");
  }
  out.write("  it is shown, where their category is on offer:\n");
  for (const llm::LabelExample& one : examples) {
    out.print("    {}  <-  {}\n", printable(one.label, 20), printable(one.text, 100));
  }
}

std::string name_of(const std::vector<std::string>& categories, std::size_t index) {
  return index < categories.size() ? printable(categories[index], 40) : fmt::format("category {}", index);
}

std::string cell(std::span<const float> probabilities, std::size_t index) {
  return index < probabilities.size() ? fmt::format("{:.4f}", probabilities[index]) : "-";
}

}  // namespace

void print_small_model(const gateway::Consultant& consultant, const std::vector<std::string>& categories, Output& out) {
  const config::LlmConfig& settings = consultant.settings();
  out.print("\n  small model  {} at {}, within {}\n", printable(consultant.model(), 100),
            printable(consultant.provider().name, 60), config::format_duration(settings.deadline));
  print_prompt(consultant.prompt(), out);
  print_labels(consultant.prompt().labels(), categories, out);
  print_examples(consultant, out);
}

void print_opinions(const ShownOpinion& shown, std::size_t indent, Output& out) {
  const std::span<const float> said = shown.opinion.probabilities;
  const std::span<const float> by = !shown.pooled.empty() ? shown.pooled : !said.empty() ? said : shown.local;
  std::vector<std::size_t> order(by.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return by[a] != by[b] ? by[a] > by[b] : a < b; });
  const auto offered = [&](std::size_t category) {
    const std::vector<int>& all = shown.opinion.offered;
    return all.empty() || std::ranges::find(all, static_cast<int>(category)) != all.end();
  };
  Table table({{"category"},
               {"classifier", Table::Align::kRight},
               {"small model", Table::Align::kRight},
               {"both", Table::Align::kRight},
               {"threshold", Table::Align::kRight}},
              indent);
  for (std::size_t i = 0; i < order.size() && i < kShownOpinions; ++i) {
    const std::size_t at = order[i];
    table.add({name_of(shown.categories, at), cell(shown.local, at), offered(at) ? cell(said, at) : "not offered",
               cell(shown.pooled, at), at < shown.thresholds.size() ? shown.thresholds[at] : "-"});
  }
  table.print(out);
}

std::string how_it_went(const classify::Opinion& opinion) {
  std::string out(to_string(opinion.outcome));
  if (!opinion.usable()) return out;
  switch (opinion.source) {
    case classify::OpinionSource::kLogprobs:
      out += fmt::format(", from log-probabilities ({:.1f} % of them on labels)", opinion.coverage * 100);
      break;
    case classify::OpinionSource::kStated:
      out += ", from the confidence it stated";
      break;
    case classify::OpinionSource::kSampled:
      out += ", from several answers";
      break;
    case classify::OpinionSource::kBare:
      out += ", one answer and no number";
      break;
  }
  return out + (opinion.cached ? ", said before" : "");
}

}  // namespace pointsman::cli
