#include "admin/said.h"

#include "admin/json_parts.h"

namespace pointsman::admin {

std::optional<std::string> label_of(std::span<const ledger::Feedback> said) {
  std::optional<std::string> out;
  for (const ledger::Feedback& one : said) {
    if (one.signal == ledger::Signal::kNone && one.labels()) out = one.category;
  }
  return out;
}

void write_feedback_item(json::Writer& out, const ledger::Feedback& said) {
  out.begin_object().member("id", said.id.to_string()).key("at");
  write_time(out, said.id.time());
  out.member("who", said.who).member("signal", to_string(said.signal)).key("category");
  write_text_or_null(out, said.category);
  out.member("labels", said.labels()).member("verdict", to_string(said.fit)).key("rating");
  write_or_null(out, said.rating);
  out.member("comment", said.comment).member("golden", said.golden).end_object();
}

}  // namespace pointsman::admin
