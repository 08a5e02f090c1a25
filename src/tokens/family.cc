#include "tokens/family.h"

#include <algorithm>
#include <array>
#include <string>

namespace pointsman::tokens {
namespace {

struct Row {
  std::string_view begins;  // to the end of the name, or up to one of "-:@_"; behind a '.' anything may follow
  std::optional<Encoding> encoding;
  bool framing_known;
  ImageRule images;
};

constexpr auto kO200k = Encoding::kO200k;
constexpr auto kCl100k = Encoding::kCl100k;

// Encodings: tiktoken 0.12, tiktoken/model.py (gpt-oss has o200k_harmony there: more special tokens, the same text).
// Framing: OpenAI cookbook, "How to count tokens with tiktoken", which compares with what the API reports.
// Images: OpenAI guide "Images and vision", "Calculating costs". The API was seen to deviate from it for models with
// patches (it reported 1.2 tokens a patch for gpt-5-mini, not 1.62), and it says nothing of gpt-5.1 and later.
// Claude's images: Anthropic guide "Vision", "Calculate image costs".
constexpr auto kRows = std::to_array<Row>({
    {"gpt-5-mini", kO200k, false, patches(162)},
    {"gpt-5-nano", kO200k, false, patches(246)},
    {"gpt-5", kO200k, false, tiles(70, 140)},
    {"gpt-5.", kO200k, false, unsure(tiles(70, 140))},
    {"gpt-4.5", kO200k, false, tiles(85, 170)},
    {"gpt-4.1-mini", kO200k, false, patches(162)},
    {"gpt-4.1-nano", kO200k, false, patches(246)},
    {"gpt-4.1", kO200k, false, tiles(85, 170)},
    {"gpt-4o-mini", kO200k, true, tiles(2833, 5667)},
    {"gpt-4o", kO200k, true, tiles(85, 170)},
    {"chatgpt-4o", kO200k, true, tiles(85, 170)},
    {"gpt-4", kCl100k, true, tiles(85, 170)},
    {"gpt-3.5", kCl100k, true, unsure(tiles(85, 170))},
    {"gpt-35", kCl100k, true, unsure(tiles(85, 170))},  // as deployments of Azure are named
    {"gpt-oss", kO200k, false, unsure(tiles(85, 170))},
    {"o1", kO200k, false, tiles(75, 150)},
    {"o3", kO200k, false, tiles(75, 150)},
    {"o4-mini", kO200k, false, patches(172)},
    {"codex-mini", kO200k, false, patches(172)},
    {"computer-use-preview", kO200k, false, tiles(65, 129)},
    {"text-embedding-3", kCl100k, true, {}},
    {"text-embedding-ada-002", kCl100k, true, {}},
    {"davinci-002", kCl100k, true, {}},
    {"babbage-002", kCl100k, true, {}},
    {"claude", std::nullopt, false, area()},
});

bool begins_with(std::string_view name, std::string_view begin) {
  if (!name.starts_with(begin)) return false;
  return name.size() == begin.size() || begin.ends_with('.') || std::string_view("-:@_").contains(name[begin.size()]);
}

// Without what stands before the model's own name: "openrouter/openai/", "openai." (Bedrock), "ft:".
std::string_view own_name(std::string_view model) {
  if (const std::size_t slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  for (const std::string_view before : {"us.", "eu.", "apac.", "global.", "openai.", "anthropic.", "ft:"}) {
    if (model.starts_with(before)) model.remove_prefix(before.size());
  }
  return model;
}

}  // namespace

std::string_view to_string(Encoding encoding) {
  return encoding == Encoding::kO200k ? "o200k_base" : "cl100k_base";
}

Family family_of(std::string_view model) {
  std::string lower(model);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string_view name = own_name(lower);
  const Row* best = nullptr;
  for (const Row& row : kRows) {
    const bool longer = best == nullptr || row.begins.size() > best->begins.size();
    if (longer && begins_with(name, row.begins)) best = &row;
  }
  if (best == nullptr) return {};
  return {best->encoding, best->framing_known, best->images};
}

}  // namespace pointsman::tokens
