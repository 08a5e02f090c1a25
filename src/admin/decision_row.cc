#include "admin/decision_row.h"

#include "admin/json_parts.h"
#include "json/text.h"

namespace pointsman::admin {

void write_decision_row(json::Writer& out, const ledger::Entry& entry, const std::optional<std::string>& labelled) {
  out.begin_object().member("id", entry.id.to_string()).key("started");
  write_time(out, entry.started);
  out.member("category", entry.category).key("probability");
  write_or_null(out, entry.probability);
  out.member("threshold", entry.threshold).member("stage", entry.stage).member("reason", entry.reason);
  out.member("model", entry.model).member("provider", entry.provider).member("status", entry.status);
  out.member("outcome", to_string(entry.outcome)).member("attempts", entry.attempts.size()).key("cost_usd");
  write_dollars(out, entry.cost);
  out.key("baseline_cost_usd");
  write_dollars(out, entry.baseline_cost);
  out.member("overhead_us", entry.overhead.count()).member("first_byte_us", entry.first_byte.count());
  out.member("total_us", entry.total.count()).member("key", entry.key).key("text");
  write_text_or_null(out, json::utf8_prefix(entry.text, kMostRowText));
  out.key("labelled");
  write_or_null(out, labelled);
  out.end_object();
}

}  // namespace pointsman::admin
