#include "base/hash.h"
#include "classify/artefact.h"
#include "learn/dataset.h"
#include "learn/json_lines.h"

namespace pointsman::learn {

using base::Result;
namespace ondemand = simdjson::ondemand;

namespace {

constexpr int kMaxTools = 100'000;
constexpr std::size_t kMaxShares = 64;

class ExampleReader final : JsonLines {
 public:
  ExampleReader(std::string_view bytes, std::string_view name, const ReadLimits& limits)
      : JsonLines(bytes, name, limits, R"({"text": "...", "category": "..."})", "examples") {}

  Result<Dataset> read() {
    PM_CHECK(read_lines());
    return std::move(data_);
  }

 private:
  void begin_line() override {
    example_ = Example{.line = line()};
    shares_.clear();
  }
  std::size_t kept() const override { return data_.examples.size(); }

  void end_line() override {
    if (!check(example_)) return;
    keep(std::move(example_));
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

  void read_member(Field& field, std::size_t where, const std::string& name) override {
    Example& example = example_;
    if (name == "text") return read_string(field, where, name, example.text);
    if (name == "category") return read_category(field, where, example);
    if (name == "features") return read_features(field, where, example);
    if (name == "context") return read_string(field, where, name, example.context);
    if (name == "group") return read_string(field, where, name, example.group);
    if (name == "domain" && example.group.empty()) return read_string(field, where, name, example.group);
    if (name == "tools") return read_tools(field, where, example);
    if (name == "weight") return read_weight(field, where, example);
    skip(field, where);
  }

  void read_category(Field& field, std::size_t where, Example& example) {
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
      Field field;
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

  void read_features(Field& field, std::size_t where, Example& example) {
    std::string digits;
    read_string(field, where, "features", digits);
    const auto bytes = base::from_hex(digits);
    if (!bytes || bytes->empty() || unpack_features(*bytes).size() * kPackedFeature != bytes->size()) {
      return report(where, "\"features\" must be hexadecimal, 14 digits for each feature");
    }
    example.features = *bytes;
  }

  void read_tools(Field& field, std::size_t where, Example& example) {
    std::int64_t value = 0;
    if (field.value().get_int64().get(value) != simdjson::SUCCESS || value < 0 || value > kMaxTools) {
      return report(where, "\"tools\" must be the number of tools, 0 or more");
    }
    example.tools = static_cast<int>(value);
  }
  void read_weight(Field& field, std::size_t where, Example& example) {
    double value = 0;
    if (field.value().get_double().get(value) != simdjson::SUCCESS || !(value > 0) || value > 1e6) {
      return report(where, "\"weight\" must be a number above 0 and at most 1000000");
    }
    example.weight = static_cast<float>(value);
  }

  bool check(const Example& example) {
    bool good = true;
    const auto bad = [&](std::string_view what) {
      report(1, what);
      good = false;
    };
    if (example.text.empty() == example.features.empty()) {
      bad(example.text.empty() ? "\"text\" is missing or empty" : "\"text\" and \"features\" exclude each other");
    }
    if (example.category.empty() && shares_.empty() && !example.outside) bad("\"category\" is missing or empty");
    if (example.category.size() > classify::kMaxCategoryName) bad("\"category\" is longer than 256 bytes");
    return good;
  }

  Dataset data_;
  Example example_;                                    // of the present line
  std::vector<std::pair<std::string, float>> shares_;  // of the present line, if its category is divided
};

}  // namespace

Result<Dataset> read_jsonl(std::string_view bytes, std::string_view name, const ReadLimits& limits) {
  return ExampleReader(bytes, name, limits).read();
}

}  // namespace pointsman::learn
