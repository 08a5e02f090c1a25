#include "admin/json_parts.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace pointsman::admin {

void write_time(json::Writer& out, base::WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(time - seconds).count();
  out.value(fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", seconds, micros));
}

void write_time(json::Writer& out, const std::optional<base::WallTime>& time) {
  if (time) {
    write_time(out, *time);
  } else {
    out.null();
  }
}

void write_dollars(json::Writer& out, base::Money amount) {
  out.raw(amount.to_string());
}

void write_dollars(json::Writer& out, const std::optional<base::Money>& amount) {
  if (amount) {
    write_dollars(out, *amount);
  } else {
    out.null();
  }
}

void write_text_or_null(json::Writer& out, std::string_view text) {
  if (text.empty()) {
    out.null();
  } else {
    out.value(text);
  }
}

}  // namespace pointsman::admin
