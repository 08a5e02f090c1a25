#include "config/value_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/problem.h"
#include "config/units.h"

namespace pointsman::config {
namespace {

using Parsed = std::expected<Value, std::string>;

std::unexpected<std::string> wrong(std::string message) {
  return std::unexpected(std::move(message));
}

Parsed parse_integer(const Key& key, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    if (key.type == Type::kWorkers)
      return wrong(fmt::format("is not auto or a whole number; write auto or {}", key.min));
    return wrong(
        fmt::format("is not a whole number; write digits only, such as {}", std::max<std::int64_t>(key.min, 1)));
  }
  if (value < key.min || value > key.max) {
    return wrong(fmt::format("is out of range; write a number from {} to {}", key.min, key.max));
  }
  return value;
}

Parsed parse_duration_value(const Key& key, std::string_view text) {
  const auto value = parse_duration(text);
  if (!value) return wrong("is not a duration; write a number and a unit, such as 250ms, 10s, 5m, 24h or 30d");
  if (value->count() < key.min || value->count() > key.max) {
    return wrong(fmt::format("is out of range; write {} to {}", format_duration(Milliseconds(key.min)),
                             format_duration(Milliseconds(key.max))));
  }
  return *value;
}

Parsed parse_size_value(const Key& key, std::string_view text) {
  const auto value = parse_size(text);
  if (!value) return wrong("is not a size; write a number and a unit, such as 32KiB, 20MiB or 1GB");
  if (*value < key.min || *value > key.max) {
    return wrong(fmt::format("is out of range; write {} to {}", format_size(key.min), format_size(key.max)));
  }
  return *value;
}

Parsed parse_probability(std::string_view text) {
  const auto value = parse_decimal(text);
  if (!value || *value <= 0 || *value > 1) {
    return wrong("is not a probability; write a number above 0 and at most 1, such as 0.6");
  }
  return *value;
}

Parsed parse_share_value(std::string_view text) {
  const auto value = parse_share(text);
  if (!value || *value > 1) return wrong("is not a share; write a percentage from 0% to 100%, such as 10%");
  return *value;
}

Parsed parse_factor_value(std::string_view text) {
  const auto value = parse_share(text);
  if (!value || *value > 10) return wrong("is not a factor; write a percentage from 0% to 1000%, such as 200%");
  return *value;
}

Parsed parse_price_value(std::string_view text) {
  const auto value = parse_price(text);
  if (!value) {
    return wrong("is not a price; write dollars per million tokens with at most 6 decimals, such as 0.25");
  }
  return *value;
}

Parsed parse_money_value(std::string_view text) {
  const auto value = base::Money::parse(text);
  if (!value || value->nanos < 0) return wrong("is not an amount; write dollars, such as 0.50");
  return *value;
}

Parsed parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return wrong("is not a boolean; write true or false");
}

// A header value must not be able to end its line (RFC 9110, section 5.5).
Parsed parse_secret(std::string_view text) {
  const bool visible = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  if (text.empty()) return wrong("is empty; give the key, or remove this line if the provider needs none");
  if (!visible) return wrong("contains spaces or characters that no key has; check what was filled in");
  return base::Secret(std::string(text));
}

template <class T>
Parsed widen(std::expected<T, std::string> result) {
  if (!result) return std::unexpected(std::move(result).error());
  return Value(std::move(*result));
}

}  // namespace

std::optional<std::int64_t> choice_from(const Key& key, std::string_view text) {
  const auto found = std::ranges::find(key.choices, text);
  if (found == key.choices.end()) return std::nullopt;
  return found - key.choices.begin();
}

std::vector<std::string> choice_names(const Key& key) {
  return {key.choices.begin(), key.choices.end()};
}

Parsed parse_value(const Key& key, std::string_view text) {
  switch (key.type) {
    case Type::kSecret:
      return parse_secret(text);
    case Type::kWorkers:
      if (text == "auto") return std::int64_t{0};
      return parse_integer(key, text);
    case Type::kInteger:
      return parse_integer(key, text);
    case Type::kBoolean:
      return parse_boolean(text);
    case Type::kDuration:
      return parse_duration_value(key, text);
    case Type::kSize:
      return parse_size_value(key, text);
    case Type::kShare:
      return parse_share_value(text);
    case Type::kFactor:
      return parse_factor_value(text);
    case Type::kProbability:
      return parse_probability(text);
    case Type::kPrice:
      return parse_price_value(text);
    case Type::kMoney:
      return parse_money_value(text);
    case Type::kUrl:
      return widen(Url::parse(text));
    case Type::kAddress:
      return widen(Address::parse(text));
    case Type::kChoice:
      if (const auto found = choice_from(key, text)) return *found;
      return wrong("is not a choice here" + hint_for(text, choice_names(key)));
    default:
      if (text.empty()) return wrong("is empty; write a value or remove the line");
      return std::string(text);
  }
}

std::string format_value(const Key& key, const Value& value) {
  switch (key.type) {
    case Type::kSecret:
      return std::get<base::Secret>(value).hint();
    case Type::kInteger:
      return fmt::format("{}", std::get<std::int64_t>(value));
    case Type::kWorkers: {
      const auto count = std::get<std::int64_t>(value);
      return count == 0 ? "auto" : fmt::format("{}", count);
    }
    case Type::kBoolean:
      return std::get<bool>(value) ? "true" : "false";
    case Type::kDuration:
      return format_duration(std::get<Milliseconds>(value));
    case Type::kSize:
      return format_size(std::get<std::int64_t>(value));
    case Type::kShare:
    case Type::kFactor:
      return format_share(std::get<double>(value));
    case Type::kProbability:
      return format_decimal(std::get<double>(value));
    case Type::kPrice:
      return format_price(std::get<base::TokenPrice>(value));
    case Type::kMoney:
      return std::get<base::Money>(value).to_string();
    case Type::kUrl:
      return std::get<Url>(value).to_string();
    case Type::kAddress:
      return std::get<Address>(value).to_string();
    case Type::kChoice:
      return std::string(key.choices[static_cast<std::size_t>(std::get<std::int64_t>(value))]);
    default:
      break;
  }
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? "" : *text;
}

}  // namespace pointsman::config
