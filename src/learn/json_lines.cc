#include "learn/json_lines.h"

namespace pointsman::learn {

using base::Result;
namespace ondemand = simdjson::ondemand;

Result<void> JsonLines::read_lines() {
  if (rest_.size() > limits_.bytes) {
    return too_large(std::to_string(rest_.size()) + " bytes, more than " + std::to_string(limits_.bytes));
  }
  while (!rest_.empty()) {
    ++line_;
    const std::size_t end = rest_.find('\n');
    read_line(rest_.substr(0, end));
    if (kept() > limits_.examples) {
      return too_large("more than " + std::to_string(limits_.examples) + " " + std::string(rows_));
    }
    if (end == std::string_view::npos) break;
    rest_.remove_prefix(end + 1);
  }
  if (errors_ == 0) return {};
  if (errors_ > limits_.errors) messages_ += "and " + std::to_string(errors_ - limits_.errors) + " more\n";
  messages_.pop_back();
  return base::fail(base::Error(base::ErrorCode::kParse, messages_).at(first_place_));
}

std::unexpected<base::Error> JsonLines::too_large(const std::string& what) const {
  return base::fail(base::ErrorCode::kTooLarge, std::string(name_) + ": " + what);
}

void JsonLines::report(std::size_t column, std::string_view what) {
  const std::string place = std::string(name_) + ":" + std::to_string(line_) + ":" + std::to_string(column);
  if (errors_++ == 0) first_place_ = place;
  if (errors_ <= limits_.errors) messages_ += place + ": " + std::string(what) + "\n";
}

void JsonLines::read_line(std::string_view line) {
  if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  if (line.size() > limits_.line_bytes) {
    return report(1, "the line has more than " + std::to_string(limits_.line_bytes) + " bytes");
  }
  padded_ = simdjson::padded_string(line);
  const std::size_t errors = errors_;
  begin_line();
  read_object();
  if (errors_ == errors) end_line();
}

void JsonLines::read_object() {
  ondemand::document document;
  ondemand::object object;
  if (const auto error = parser_.iterate(padded_).get(document); error != simdjson::SUCCESS) {
    return report(1, simdjson::error_message(error));
  }
  if (document.get_object().get(object) != simdjson::SUCCESS) {
    return report(1, "expected an object like " + std::string(example_));
  }
  const std::size_t errors = errors_;
  for (auto member : object) {
    Field field;
    if (const auto error = std::move(member).get(field); error != simdjson::SUCCESS) {
      return report(column(document), simdjson::error_message(error));
    }
    read_key(field);
    if (errors_ != errors) return;
  }
  if (const char* more = nullptr; document.current_location().get(more) == simdjson::SUCCESS) {
    report(column(document), "more after the object");
  }
}

void JsonLines::read_key(Field& field) {
  const auto where = static_cast<std::size_t>(field.key().raw() - padded_.data());  // before the key is consumed
  std::string_view key;
  if (field.unescaped_key().get(key) != simdjson::SUCCESS) return report(where, "a key is not a valid string");
  // The view dies with the next string that is unescaped.
  read_member(field, where, std::string(key));
}

// Column, from 1, of the place where the parser stands.
std::size_t JsonLines::column(ondemand::document& document) const {
  const char* at = nullptr;
  if (document.current_location().get(at) != simdjson::SUCCESS) return padded_.size() + 1;
  return static_cast<std::size_t>(at - padded_.data()) + 1;
}

void JsonLines::skip(Field& field, std::size_t where) {
  std::string_view raw;
  if (const auto error = simdjson::to_json_string(field.value()).get(raw); error != simdjson::SUCCESS) {
    report(where, simdjson::error_message(error));
  }
}

void JsonLines::read_string(Field& field, std::size_t where, std::string_view key, std::string& into) {
  std::string_view value;
  if (field.value().get_string().get(value) != simdjson::SUCCESS) {
    return report(where, "\"" + std::string(key) + "\" must be a valid string");
  }
  into.assign(value);
}

}  // namespace pointsman::learn
