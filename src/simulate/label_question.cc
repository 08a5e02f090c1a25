#include "simulate/label_question.h"

namespace pointsman::simulate {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

std::vector<std::string> strings_of(element list) {
  std::vector<std::string> out;
  array values;
  if (list.get(values) != simdjson::SUCCESS) return out;
  for (const element value : values) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return {};
    out.emplace_back(text);
  }
  return out;
}

bool read_label_schema(element schema, LabelQuestion& out) {
  object properties;
  if (schema["properties"].get(properties) != simdjson::SUCCESS) return false;
  for (const auto property : properties) {
    element listed;
    std::string_view type;
    if (property.value["enum"].get(listed) == simdjson::SUCCESS) {
      std::vector<std::string> labels = strings_of(listed);
      if (labels.empty() || !out.label_member.empty()) return false;
      out.labels = std::move(labels);
      out.label_member = property.key;
    } else if (property.value["type"].get(type) == simdjson::SUCCESS && type == "number") {
      if (!out.confidence_member.empty()) return false;
      out.confidence_first = out.label_member.empty();
      out.confidence_member = property.key;
    } else {
      return false;
    }
  }
  out.form = LabelForm::kJson;
  return !out.label_member.empty();
}

std::string content_text(element content) {
  std::string_view text;
  if (content.get(text) == simdjson::SUCCESS) return std::string(text);
  std::string out;
  array parts;
  if (content.get(parts) != simdjson::SUCCESS) return out;
  for (const element part : parts) {
    if (part["text"].get(text) != simdjson::SUCCESS) continue;
    if (!out.empty()) out += '\n';
    out += text;
  }
  return out;
}

}  // namespace pointsman::simulate
