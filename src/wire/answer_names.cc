#include "wire/answer_names.h"

namespace pointsman::wire {

using llm::Observed;

void set_name(const json::RawString& raw, std::string& out) {
  out.clear();
  json::Unescaper unescaper(raw.raw);
  while (!unescaper.done() && out.size() < Observed::kMaxName) unescaper.append_to(out, Observed::kMaxName);
  out.resize(json::utf8_prefix(out, Observed::kMaxName).size());
}

void add_finish_reason(const json::RawString& reason, Observed& out) {
  if (out.finish_reasons.size() == Observed::kMaxFinished) return;
  set_name(reason, out.finish_reasons.emplace_back());
}

void read_service_tier(json::Cursor& cursor, llm::Usage& out) {
  json::RawString name;
  if (!cursor.read_string(name)) return cursor.skip();
  out.tier = llm::service_tier_from(name.raw);  // their names have no escapes
}

}  // namespace pointsman::wire
