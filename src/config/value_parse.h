// One scalar's text to the value its key expects. Pure.
// Pure; used while loading, from one thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "config/schema.h"

namespace pointsman::config {

// Only for scalar types. The error begins where the quoted text ends: "is not a duration; write ...".
std::expected<Value, std::string> parse_value(const Key& key, std::string_view text);

// The text that reads back as `value`; secrets become their hint, lists are not scalars and give "".
std::string format_value(const Key& key, const Value& value);

// The position of `text` among the choices of `key`.
std::optional<std::int64_t> choice_from(const Key& key, std::string_view text);
std::vector<std::string> choice_names(const Key& key);

}  // namespace pointsman::config
