#include "config/examples_file.h"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace pointsman::config {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 16;

// The text of one line; empty when the line belongs to another category.
std::expected<std::string, std::string> text_of(const json::value& line, std::string_view category) {
  if (const auto* text = line.if_string()) return std::string(*text);
  const json::object* object = line.if_object();
  const json::value* text = object == nullptr ? nullptr : object->if_contains("text");
  if (text == nullptr || !text->is_string()) {
    return std::unexpected(std::string("write a JSON string or {\"text\": \"...\"}"));
  }
  const json::value* own = object->if_contains("category");
  const bool other = own != nullptr && (!own->is_string() || std::string_view(own->get_string()) != category);
  return other ? std::string() : std::string(text->get_string());
}

}  // namespace

std::expected<std::vector<std::string>, std::string> parse_examples(std::string_view jsonl, std::string_view category) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  std::vector<std::string> out;
  for (std::size_t number = 1; !jsonl.empty(); ++number) {
    const std::size_t end = std::min(jsonl.find('\n'), jsonl.size());
    const std::string_view line = jsonl.substr(0, end);
    jsonl.remove_prefix(std::min(end + 1, jsonl.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    json::error_code error;
    const json::value parsed = json::parse(line, error, {}, options);
    if (error) return std::unexpected(fmt::format("line {}: is not JSON; write one JSON value on each line", number));
    auto text = text_of(parsed, category);
    if (!text) return std::unexpected(fmt::format("line {}: {}", number, text.error()));
    if (text->empty()) continue;
    if (out.size() == kMaxExamples) return std::unexpected(fmt::format("has more than {} examples", kMaxExamples));
    out.push_back(std::move(*text));
  }
  return out;
}

}  // namespace pointsman::config
