// Keywords that constrain a single value: type, enum, const, numbers, strings.
#include <algorithm>

#include "json/schema/canonical.h"
#include "json/schema/compiler.h"
#include "json/schema/formats.h"

namespace pointsman::json::schema {

base::Result<void> Compiler::types(Work& work) {
  const Tree::Id type = value(work, "type");
  if (type == Tree::kNone) return {};
  work.rule.types = 0;
  bool integer = false;
  if (work.tree.is(type, ValueKind::kArray)) {
    for (std::uint32_t i = 0; i < work.tree.count(type); ++i) {
      PM_CHECK(type_name(work, work.tree.child(type, i), integer));
    }
  } else {
    PM_CHECK(type_name(work, type, integer));
  }
  work.rule.keyword = "type";
  if (work.rule.types == 0 && !integer) return base::fail(wrong(work, "type", "names no type"));
  if (integer && !has(work.rule.types, ValueKind::kNumber)) {
    work.rule.types |= bit(ValueKind::kNumber);
    work.rule.number = std::make_unique<NumberRule>();
    work.rule.number->whole = true;
  }
  return {};
}

base::Result<void> Compiler::type_name(Work& work, Tree::Id name, bool& integer) {
  const std::string_view text = work.tree.is(name, ValueKind::kString) ? work.tree.text(name) : "";
  if (text == "integer") {
    integer = true;
  } else if (text == "string") {
    work.rule.types |= bit(ValueKind::kString);
  } else if (text == "number") {
    work.rule.types |= bit(ValueKind::kNumber);
  } else if (text == "object") {
    work.rule.types |= bit(ValueKind::kObject);
  } else if (text == "array") {
    work.rule.types |= bit(ValueKind::kArray);
  } else if (text == "boolean") {
    work.rule.types |= kBooleans;
  } else if (text == "null") {
    work.rule.types |= bit(ValueKind::kNull);
  } else {
    return base::fail(wrong(work, "type", "must be null, boolean, number, integer, string, array or object"));
  }
  return {};
}

namespace {

struct AllowedValue {
  std::string canonical;
  Tree::Id node = Tree::kNone;
};

AllowedValue allowed_value(const Tree& tree, Tree::Id node) {
  CanonicalText text;
  append_canonical(tree, node, text);
  return {std::string(text.from(0)), node};
}

void sort_values(std::vector<AllowedValue>& values) {
  std::ranges::sort(values, {}, &AllowedValue::canonical);
  const auto twins = std::ranges::unique(values, {}, &AllowedValue::canonical);
  values.erase(twins.begin(), twins.end());
}

void keep_value(const Tree& tree, AllowedValue& value, AllowedValues& out) {
  const ValueKind kind = tree.kind(value.node);
  out.kinds |= bit(kind);
  if (kind == ValueKind::kString) {
    out.strings.emplace_back(tree.text(value.node));
  } else if (kind == ValueKind::kNumber) {
    out.numbers.push_back(std::move(value.canonical));
  } else if (kind == ValueKind::kArray || kind == ValueKind::kObject) {
    out.containers.push_back(std::move(value.canonical));
  }
}

}  // namespace

base::Result<void> Compiler::allowed_values(Work& work) {
  const Tree::Id list = value(work, "enum");
  const Tree::Id single = value(work, "const");
  if (list == Tree::kNone && single == Tree::kNone) return {};
  auto allowed = std::make_unique<AllowedValues>();
  allowed->keyword = list == Tree::kNone ? "const" : "enum";
  std::vector<AllowedValue> values;
  if (list != Tree::kNone) {
    if (!work.tree.is(list, ValueKind::kArray)) return base::fail(wrong(work, "enum", "must be a list"));
    for (std::uint32_t i = 0; i < work.tree.count(list); ++i) {
      values.push_back(allowed_value(work.tree, work.tree.child(list, i)));
    }
  }
  if (single != Tree::kNone) {
    AllowedValue only = allowed_value(work.tree, single);
    const bool listed =
        list == Tree::kNone || std::ranges::find(values, only.canonical, &AllowedValue::canonical) != values.end();
    values.clear();
    if (listed) values.push_back(std::move(only));
  }
  sort_values(values);
  for (AllowedValue& value : values) keep_value(work.tree, value, *allowed);
  std::ranges::sort(allowed->strings);
  work.rule.allowed = std::move(allowed);
  return {};
}

base::Result<void> Compiler::numbers(Work& work) {
  NumberRule rule;
  PM_TRY(rule.minimum, number(work, "minimum"));
  PM_TRY(rule.maximum, number(work, "maximum"));
  PM_TRY(rule.exclusive_minimum, number(work, "exclusiveMinimum"));
  PM_TRY(rule.exclusive_maximum, number(work, "exclusiveMaximum"));
  PM_TRY(const std::optional<Decimal> multiple, number(work, "multipleOf"));
  if (multiple) {
    if (multiple->is_zero() || multiple->is_negative()) {
      return base::fail(wrong(work, "multipleOf", "must be greater than 0"));
    }
    rule.multiple_of = Divisor::of(*multiple);
    if (!rule.multiple_of) {
      work.rule.uncertain |= bit(ValueKind::kNumber);
      not_enforced(work.place, "/multipleOf", "multipleOf", "more than 18 digits");
    }
  }
  const bool any = rule.minimum || rule.maximum || rule.exclusive_minimum || rule.exclusive_maximum || rule.multiple_of;
  if (!any) return {};
  rule.whole = work.rule.number != nullptr && work.rule.number->whole;
  work.rule.number = std::make_unique<NumberRule>(std::move(rule));
  return {};
}

base::Result<void> Compiler::strings(Work& work) {
  PM_TRY(const auto least, natural(work, "minLength"));
  PM_TRY(const auto most, natural(work, "maxLength"));
  StringRule rule{.min_length = least.value_or(0), .max_length = most.value_or(kNoLimit)};
  if (const Tree::Id found = value(work, "pattern"); found != Tree::kNone) {
    if (!work.tree.is(found, ValueKind::kString)) return base::fail(wrong(work, "pattern", "must be a string"));
    PM_TRY(const Pattern* const compiled, pattern(work, "pattern", found, work.tree.text(found)));
    if (compiled != nullptr) rule.patterns.emplace_back(compiled, "pattern");
  }
  const Tree::Id format = value(work, "format");
  if (format != Tree::kNone && options_.assert_formats && work.tree.is(format, ValueKind::kString)) {
    const std::string_view expression = format_expression(work.tree.text(format));
    if (expression.empty()) {
      not_enforced({work.place.document, format}, "", "format", "an annotation");
    } else {
      PM_TRY(const Pattern* const compiled, pattern(work, "format", format, expression));
      if (compiled != nullptr) rule.patterns.emplace_back(compiled, "format");
    }
  }
  const bool any = rule.min_length != 0 || rule.max_length != kNoLimit || !rule.patterns.empty();
  if (any) work.rule.string = std::make_unique<StringRule>(std::move(rule));
  return {};
}

}  // namespace pointsman::json::schema
