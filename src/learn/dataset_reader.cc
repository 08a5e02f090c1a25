#include <simdjson.h>

#include <cmath>
#include <limits>

#include "classify/artefact.h"
#include "learn/dataset.h"

namespace pointsman::learn {

using base::Result;
namespace ondemand = simdjson::ondemand;

namespace {

constexpr int kMaxTools = 100'000;
constexpr std::size_t kMaxShares = 64;

class JsonlReader {
 public:
  JsonlReader(std::string_view bytes, std::string_view name, const ReadLimits& limits)
      : rest_(bytes), name_(name), limits_(limits) {}

  Result<Dataset> read() {
    if (rest_.size() > limits_.bytes) {
      return too_large("the data set has " + std::to_string(rest_.size()) + " bytes, more than " +
                       std::to_string(limits_.bytes));
    }
    while (!rest_.empty()) {
      ++line_;
      const std::size_t end = rest_.find('\n');
      read_line(rest_.substr(0, end));
      if (data_.examples.size() > limits_.examples) {
        return too_large("more than " + std::to_string(limits_.examples) + " examples");
      }
      if (end == std::string_view::npos) break;
      rest_.remove_prefix(end + 1);
    }
    if (errors_ == 0) return std::move(data_);
    if (errors_ > limits_.errors) messages_ += "and " + std::to_string(errors_ - limits_.errors) + " more\n";
    messages_.pop_back();
    return base::fail(base::Error(base::ErrorCode::kParse, messages_).at(first_place_));
  }

 private:
  std::unexpected<base::Error> too_large(std::string what) const {
    return base::fail(base::ErrorCode::kTooLarge, std::string(name_) + ": " + std::move(what));
  }

  void report(std::size_t column, std::string_view what) {
    const std::string place = std::string(name_) + ":" + std::to_string(line_) + ":" + std::to_string(column);
    if (errors_++ == 0) first_place_ = place;
    if (errors_ <= limits_.errors) messages_ += place + ": " + std::string(what) + "\n";
  }

  void read_line(std::string_view line) {
    if (line_ == 1 && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    if (line.size() > limits_.line_bytes) {
      report(1, "the line has more than " + std::to_string(limits_.line_bytes) + " bytes");
      return;
    }
    padded_ = simdjson::padded_string(line);
    Example example;
    example.line = line_;
    const std::size_t errors = errors_;
    read_object(example);
    if (errors_ == errors) keep(std::move(example));
  }

  void keep(Example example) {
    if (shares_.empty()) {
      data_.examples.push_back(std::move(example));
      return;
    }
    for (const auto& [category, share] : shares_) {
      data_.examples.push_back(example);
      data_.examples.back().category = category;
      data_.examples.back().weight *= share;
    }
  }

  // Column, from 1, of the place where the parser stands.
  std::size_t column(ondemand::document& document) {
    const char* at = nullptr;
    if (document.current_location().get(at) != simdjson::SUCCESS) return padded_.size() + 1;
    return static_cast<std::size_t>(at - padded_.data()) + 1;
  }

  void read_object(Example& example) {
    ondemand::document document;
    ondemand::object object;
    if (const auto error = parser_.iterate(padded_).get(document); error != simdjson::SUCCESS) {
      return report(1, simdjson::error_message(error));
    }
    if (document.get_object().get(object) != simdjson::SUCCESS) {
      return report(1, R"(expected an object like {"text": "...", "category": "..."})");
    }
    const std::size_t errors = errors_;
    shares_.clear();
    for (auto member : object) {
      ondemand::field field;
      if (const auto error = std::move(member).get(field); error != simdjson::SUCCESS) {
        return report(column(document), simdjson::error_message(error));
      }
      read_member(field, example);
      if (errors_ != errors) return;
    }
    if (const char* more = nullptr; document.current_location().get(more) == simdjson::SUCCESS) {
      return report(column(document), "more after the object");
    }
    check(example);
  }

  void read_member(ondemand::field& field, Example& example) {
    const auto where = static_cast<std::size_t>(field.key().raw() - padded_.data());  // before the key is consumed
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return report(where, "a key is not a valid string");
    // The view dies with the next string that is unescaped.
    const std::string name(key);
    if (name == "text") return read_string(field, where, name, example.text);
    if (name == "category") return read_category(field, where, example);
    if (name == "context") return read_string(field, where, name, example.context);
    if (name == "group") return read_string(field, where, name, example.group);
    if (name == "domain" && example.group.empty()) return read_string(field, where, name, example.group);
    if (name == "tools") return read_tools(field, where, example);
    if (name == "weight") return read_weight(field, where, example);
    skip(field, where);
  }

  void read_category(ondemand::field& field, std::size_t where, Example& example) {
    ondemand::value value = field.value();
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return report(where, "\"category\" has no value");
    if (type == ondemand::json_type::object) return read_shares(value, where);
    if (type == ondemand::json_type::null) {
      example.outside = value.is_null().value_unsafe();
      if (!example.outside) report(where, "\"category\" must be a string, null, or shares");
      return;
    }
    std::string_view name;
    if (value.get_string().get(name) != simdjson::SUCCESS) {
      return report(where,
                    "\"category\" must be a string, null for none of them, or shares like {\"a\": 0.7, \"b\": 0.3}");
    }
    example.category.assign(name);
  }
  // {"a": 0.7, "b": 0.3}: shares above 0, brought to a sum of 1.
  void read_shares(ondemand::value& value, std::size_t where) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return report(where, "\"category\" is not a valid object");
    double sum = 0;
    for (auto member : object) {
      ondemand::field field;
      std::string_view key;
      double share = 0;
      if (std::move(member).get(field) != simdjson::SUCCESS || field.unescaped_key().get(key) != simdjson::SUCCESS) {
        return report(where, "\"category\" is not a valid object");
      }
      std::string name(key);
      if (name.empty() || name.size() > classify::kMaxCategoryName)
        return report(where, "a category name of a bad length");
      if (field.value().get_double().get(share) != simdjson::SUCCESS || !(share > 0) || share > 1e6) {
        return report(where, "a category's share must be a number above 0");
      }
      if (shares_.size() == kMaxShares) return report(where, "\"category\" has more than 64 shares");
      shares_.emplace_back(std::move(name), static_cast<float>(share));
      sum += share;
    }
    if (shares_.empty()) return report(where, "\"category\" is empty");
    for (auto& [name, share] : shares_) share /= static_cast<float>(sum);
  }

  void skip(ondemand::field& field, std::size_t where) {
    std::string_view raw;
    if (const auto error = simdjson::to_json_string(field.value()).get(raw); error != simdjson::SUCCESS) {
      report(where, simdjson::error_message(error));
    }
  }
  void read_string(ondemand::field& field, std::size_t where, std::string_view key, std::string& into) {
    std::string_view value;
    if (field.value().get_string().get(value) != simdjson::SUCCESS) {
      return report(where, "\"" + std::string(key) + "\" must be a valid string");
    }
    into.assign(value);
  }
  void read_tools(ondemand::field& field, std::size_t where, Example& example) {
    std::int64_t value = 0;
    if (field.value().get_int64().get(value) != simdjson::SUCCESS || value < 0 || value > kMaxTools) {
      return report(where, "\"tools\" must be the number of tools, 0 or more");
    }
    example.tools = static_cast<int>(value);
  }
  void read_weight(ondemand::field& field, std::size_t where, Example& example) {
    double value = 0;
    if (field.value().get_double().get(value) != simdjson::SUCCESS || !(value > 0) || value > 1e6) {
      return report(where, "\"weight\" must be a number above 0 and at most 1000000");
    }
    example.weight = static_cast<float>(value);
  }

  void check(const Example& example) {
    if (example.text.empty()) report(1, "\"text\" is missing or empty");
    if (example.category.empty() && shares_.empty() && !example.outside) report(1, "\"category\" is missing or empty");
    if (example.category.size() > classify::kMaxCategoryName) report(1, "\"category\" is longer than 256 bytes");
  }

  std::string_view rest_;
  std::string_view name_;
  ReadLimits limits_;
  ondemand::parser parser_;
  simdjson::padded_string padded_;
  Dataset data_;
  std::vector<std::pair<std::string, float>> shares_;  // of the present line, if its category is divided
  std::size_t line_ = 0;
  std::size_t errors_ = 0;
  std::string messages_;
  std::string first_place_;
};

}  // namespace

Result<Dataset> read_jsonl(std::string_view bytes, std::string_view name, const ReadLimits& limits) {
  return JsonlReader(bytes, name, limits).read();
}

}  // namespace pointsman::learn
