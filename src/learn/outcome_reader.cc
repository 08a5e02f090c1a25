#include <cstdint>
#include <optional>

#include "learn/json_lines.h"
#include "learn/outcome.h"

namespace pointsman::learn {

using base::Result;

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

class OutcomeReader final : JsonLines {
 public:
  OutcomeReader(std::string_view bytes, std::string_view name, const ReadLimits& limits)
      : JsonLines(bytes, name, limits, R"({"text": "...", "weak_correct": true, "strong_correct": true})", "rows") {}

  Result<Outcomes> read() {
    PM_CHECK(read_lines());
    return std::move(out_);
  }

 private:
  void begin_line() override { line_ = Line(); }
  void end_line() override { accept(std::move(line_)); }
  std::size_t kept() const override { return out_.rows.size(); }

  void read_member(Field& field, std::size_t where, const std::string& name) override {
    Line& line = line_;
    if (name == "text") return read_string(field, where, name, line.row.text);
    if (name == "subject") return read_string(field, where, name, line.row.subject);
    if (name == "group" && line.row.subject.empty()) return read_string(field, where, name, line.row.subject);
    if (name == "weak_correct") return read_correct(field, where, name, line.weak_quality);
    if (name == "strong_correct") return read_correct(field, where, name, line.strong_quality);
    if (name == "weak_quality") return read_number(field, where, name, 1, line.weak_quality);
    if (name == "strong_quality") return read_number(field, where, name, 1, line.strong_quality);
    if (name == "weak_cost") return read_number(field, where, name, kMaxCost, line.weak_cost);
    if (name == "strong_cost") return read_number(field, where, name, kMaxCost, line.strong_cost);
    skip(field, where);
  }

  void read_correct(Field& field, std::size_t where, std::string_view key, std::optional<double>& into) {
    bool value = false;
    if (into) return said_twice(where, key);
    if (field.value().get_bool().get(value) != simdjson::SUCCESS) {
      return report(where, "\"" + std::string(key) + "\" must be true or false");
    }
    into = value ? 1 : 0;
  }

  void read_number(Field& field, std::size_t where, std::string_view key, double most, std::optional<double>& into) {
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

  Outcomes out_;
  Line line_;  // the present one
};

}  // namespace

Result<Outcomes> read_outcomes(std::string_view bytes, std::string_view name, const ReadLimits& limits) {
  return OutcomeReader(bytes, name, limits).read();
}

}  // namespace pointsman::learn
