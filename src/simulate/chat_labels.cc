#include "simulate/chat_labels.h"

#include <algorithm>

namespace pointsman::simulate {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

constexpr std::uint64_t kMostAlternatives = 20;

bool read_structure(object members, std::optional<std::uint32_t> max_tokens, LabelQuestion& out) {
  element found;
  if (members["response_format"]["json_schema"]["schema"].get(found) == simdjson::SUCCESS) {
    return read_label_schema(found, out);
  }
  const bool listed = members["structured_outputs"]["choice"].get(found) == simdjson::SUCCESS ||
                      members["guided_choice"].get(found) == simdjson::SUCCESS;
  if (listed) {
    out.form = LabelForm::kChoice;
    out.labels = strings_of(found);
    return !out.labels.empty();
  }
  return max_tokens == 1U;
}

void read_texts(object members, LabelQuestion& out) {
  array messages;
  if (members["messages"].get(messages) != simdjson::SUCCESS) return;
  for (const element message : messages) {
    std::string_view role;
    element content;
    if (message["role"].get(role) != simdjson::SUCCESS || message["content"].get(content) != simdjson::SUCCESS)
      continue;
    if (role == "user") out.text = content_text(content);
    if (role != "system" && role != "developer") continue;
    if (!out.system.empty()) out.system += '\n';
    out.system += content_text(content);
  }
}

}  // namespace

std::optional<LabelQuestion> read_chat_labels(object members, std::optional<std::uint32_t> max_tokens) {
  LabelQuestion out;
  if (!read_structure(members, max_tokens, out)) return std::nullopt;
  read_texts(members, out);
  out.max_tokens = max_tokens;
  double temperature = 0;
  std::int64_t seed = 0;
  std::uint64_t top = 0;
  bool logprobs = false;
  if (members["temperature"].get(temperature) == simdjson::SUCCESS) out.temperature = temperature;
  if (members["seed"].get(seed) == simdjson::SUCCESS) out.seed = static_cast<std::uint64_t>(seed);
  if (members["logprobs"].get(logprobs) == simdjson::SUCCESS) out.logprobs = logprobs;
  if (members["top_logprobs"].get(top) == simdjson::SUCCESS) {
    out.top_logprobs = static_cast<std::uint32_t>(std::min(top, kMostAlternatives));
  }
  return out;
}

}  // namespace pointsman::simulate
