#include "wire/anthropic_messages/models_body.h"

#include "json/writer.h"

namespace pointsman::wire::anthropic_messages {

void write_models_body(std::span<const std::string_view> names, std::string& out) {
  json::Writer writer(out);
  writer.begin_object().key("data").begin_array();
  for (const std::string_view name : names) {
    writer.begin_object().member("type", "model").member("id", name).member("display_name", name);
    writer.member("created_at", "1970-01-01T00:00:00Z").end_object();
  }
  writer.end_array().member("has_more", false);
  for (const bool first : {true, false}) {
    writer.key(first ? "first_id" : "last_id");
    if (names.empty()) {
      writer.null();
    } else {
      writer.value(first ? names.front() : names.back());
    }
  }
  writer.end_object();
}

}  // namespace pointsman::wire::anthropic_messages
