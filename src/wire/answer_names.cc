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

}  // namespace pointsman::wire
