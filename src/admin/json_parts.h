// The few forms that answers of the operators' API share: times, amounts, what is unknown.
// Pure functions that append to a writer.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/money.h"
#include "json/writer.h"

namespace pointsman::admin {

// "2026-01-02T15:04:05.123456Z"
void write_time(json::Writer& out, base::WallTime time);
void write_time(json::Writer& out, const std::optional<base::WallTime>& time);
// Dollars, exact; null where nobody knows.
void write_dollars(json::Writer& out, base::Money amount);
void write_dollars(json::Writer& out, const std::optional<base::Money>& amount);

template <class T>
void write_or_null(json::Writer& out, const std::optional<T>& value) {
  if (value) {
    out.value(*value);
  } else {
    out.null();
  }
}
// Null for an empty text.
void write_text_or_null(json::Writer& out, std::string_view text);

}  // namespace pointsman::admin
