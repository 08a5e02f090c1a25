#include <simdjson.h>

#include <cstdint>
#include <limits>
#include <optional>

#include "learn/outcome.h"

namespace pointsman::learn {

using base::Result;
namespace ondemand = simdjson::ondemand;

namespace {

constexpr double kMaxCost = 1e9;

// One line, with what it said and what it did not.
struct Line {
  Outcome row;
  std::optional<double> weak_quality;
  std::optional<double> strong_quality;
  std::optional<double> weak_cost;
  std::optional<double> strong_cost;
};

class OutcomeReader {
 public:
  OutcomeReader(std::string_view bytes, std::string_view name, const ReadLimits& limits)
      : rest_(bytes), name_(name), limits_(limits) {}

  Result<Outcomes> read() {
    if (rest_.size() > limits_.bytes) {
      return too_large(std::to_string(rest_.size()) + " bytes, more than " + std::to_string(limits_.bytes));
    }
    while (!rest_.empty()) {
      ++line_;
      const std::size_t end = rest_.find('\n');
      read_line(rest_.substr(0, end));
      if (out_.rows.size() > limits_.examples) {
        return too_large("more than " + std::to_string(limits_.examples) + " rows");
      }
      if (end == std::string_view::npos) break;
      rest_.remove_prefix(end + 1);
    }
    if (errors_ == 0) return std::move(out_);
    if (errors_ > limits_.errors) messages_ += "and " + std::to_string(errors_ - limits_.errors) + " more\n";
    messages_.pop_back();
    return base::fail(base::Error(base::ErrorCode::kParse, messages_).at(first_place_));
  }

 private:
  std::unexpected<base::Error> too_large(const std::string& what) const {
    return base::fail(base::ErrorCode::kTooLarge, std::string(name_) + ": " + what);
  }

  void report(std::size_t column, std::string_view what) {
    const std::string place = std::string(name_) + ":" + std::to_string(line_) + ":" + std::to_string(column);
    if (errors_++ == 0) first_place_ = place;
    if (errors_ <= limits_.errors) messages_ += place + ": " + std::string(what) + "\n";
  }

  void read_line(std::string_view text) {
    if (line_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
    if (text.size() > limits_.line_bytes) {
      return report(1, "the line has more than " + std::to_string(limits_.line_bytes) + " bytes");
    }
    padded_ = simdjson::padded_string(text);
    Line line;
    const std::size_t errors = errors_;
    read_object(line);
    if (errors_ == errors) accept(std::move(line));
  }

  void read_object(Line& line) {
    ondemand::document document;
    ondemand::object object;
    if (const auto error = parser_.iterate(padded_).get(document); error != simdjson::SUCCESS) {
      return report(1, simdjson::error_message(error));
    }
    if (document.get_object().get(object) != simdjson::SUCCESS) {
      return report(1, R"(expected an object like {"text": "...", "weak_correct": true, "strong_correct": true})");
    }
    const std::size_t errors = errors_;
    for (auto member : object) {
      ondemand::field field;
      if (const auto error = std::move(member).get(field); error != simdjson::SUCCESS) {
        return report(column(document), simdjson::error_message(error));
      }
      read_member(field, line);
      if (errors_ != errors) return;
    }
    if (const char* more = nullptr; document.current_location().get(more) == simdjson::SUCCESS) {
      report(column(document), "more after the object");
    }
  }

  // Column, from 1, of the place where the parser stands.
  std::size_t column(ondemand::document& document) {
    const char* at = nullptr;
    if (document.current_location().get(at) != simdjson::SUCCESS) return padded_.size() + 1;
    return static_cast<std::size_t>(at - padded_.data()) + 1;
  }

  void read_member(ondemand::field& field, Line& line) {
    const auto where = static_cast<std::size_t>(field.key().raw() - padded_.data());  // before the key is consumed
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return report(where, "a key is not a valid string");
    const std::string name(key);  // the view dies with the next string that is unescaped
    if (name == "text") return read_string(field, where, name, line.row.text);
    if (name == "subject") return read_string(field, where, name, line.row.subject);
    if (name == "group" && line.row.subject.empty()) return read_string(field, where, name, line.row.subject);
    if (name == "weak_correct") return read_correct(field, where, name, line.weak_quality);
    if (name == "strong_correct") return read_correct(field, where, name, line.strong_quality);
    if (name == "weak_quality") return read_number(field, where, name, 1, line.weak_quality);
    if (name == "strong_quality") return read_number(field, where, name, 1, line.strong_quality);
    if (name == "weak_cost") return read_number(field, where, name, kMaxCost, line.weak_cost);
    if (name == "strong_cost") return read_number(field, where, name, kMaxCost, line.strong_cost);
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

  void read_correct(ondemand::field& field, std::size_t where, std::string_view key, std::optional<double>& into) {
    bool value = false;
    if (into) return said_twice(where, key);
    if (field.value().get_bool().get(value) != simdjson::SUCCESS) {
      return report(where, "\"" + std::string(key) + "\" must be true or false");
    }
    into = value ? 1 : 0;
  }

  void read_number(ondemand::field& field, std::size_t where, std::string_view key, double most,
                   std::optional<double>& into) {
    double value = 0;
    if (into) return said_twice(where, key);
    if (field.value().get_double().get(value) != simdjson::SUCCESS || !(value >= 0) || value > most) {
      return report(where, "\"" + std::string(key) + "\" must be a number from 0 to " + (most > 1 ? "1e9" : "1"));
    }
    into = value;
  }

  void said_twice(std::size_t where, std::string_view key) {
    report(where, "\"" + std::string(key) + "\" says again what the line has said before");
  }

  void accept(Line line) {
    if (line.row.text.empty()) return report(1, "\"text\" is missing or empty");
    if (!line.weak_quality) return report(1, R"("weak_correct" (or "weak_quality") is missing)");
    if (!line.strong_quality) return report(1, R"("strong_correct" (or "strong_quality") is missing)");
    if (line.weak_cost.has_value() != line.strong_cost.has_value()) {
      return report(1, R"("weak_cost" and "strong_cost" belong together)");
    }
    if (!out_.rows.empty() && line.weak_cost.has_value() != out_.with_costs) {
      return report(1, "costs must be in every line or in none");
    }
    out_.with_costs = line.weak_cost.has_value();
    line.row.weak_quality = *line.weak_quality;
    line.row.strong_quality = *line.strong_quality;
    line.row.weak_cost = line.weak_cost.value_or(line.row.weak_cost);
    line.row.strong_cost = line.strong_cost.value_or(line.row.strong_cost);
    out_.rows.push_back(std::move(line.row));
  }

  std::string_view rest_;
  std::string_view name_;
  ReadLimits limits_;
  ondemand::parser parser_;
  simdjson::padded_string padded_;
  Outcomes out_;
  std::size_t line_ = 0;
  std::size_t errors_ = 0;
  std::string messages_;
  std::string first_place_;
};

}  // namespace

Result<Outcomes> read_outcomes(std::string_view bytes, std::string_view name, const ReadLimits& limits) {
  return OutcomeReader(bytes, name, limits).read();
}

}  // namespace pointsman::learn
