#include "admin/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "admin/json_parts.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::AuditEvent;

constexpr std::size_t kMostRegistryEvents = 10'000;
constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

// Where a page ends: of each record, the number of the last event that was shown or passed over.
struct Cursor {
  std::int64_t audit = kAll;
  std::int64_t keys = kAll;
  std::int64_t registry = kAll;
};

// "12-3-9"; a record of which nothing was shown yet is "n".
std::string to_text(const Cursor& cursor) {
  const auto number = [](std::int64_t one) { return one == kAll ? std::string("n") : std::to_string(one); };
  return fmt::format("{}-{}-{}", number(cursor.audit), number(cursor.keys), number(cursor.registry));
}

std::optional<Cursor> cursor_from(std::string_view text) {
  Cursor out;
  std::array<std::int64_t*, 3> parts = {&out.audit, &out.keys, &out.registry};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = text.substr(0, text.find('-'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    if (part == "n") continue;
    const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), *parts[i]);
    if (failed != std::errc() || end != part.data() + part.size() || *parts[i] < 0) return std::nullopt;
  }
  return text.empty() ? std::optional(out) : std::nullopt;
}

struct Wanted {
  TimeRange range;
  std::string who;
  std::string kind;
  Cursor after;
  std::size_t limit = 0;

  bool holds(const AuditEvent& one) const {
    return range.since <= one.at && one.at < range.until && (who.empty() || who == one.who) &&
           (kind.empty() || kind == one.kind);
  }
};

// `number` tells the events of all three apart: 3 times the one in its own record, and which of them that is.
enum Record : std::int64_t { kAudit = 0, kKeys = 1, kRegistry = 2 };
std::int64_t shown_number(std::int64_t own, Record record) {
  return own * 3 + record;
}
std::int64_t own_number(const AuditEvent& one) {
  return one.number / 3;
}

// Newest first.
struct Records {
  std::vector<AuditEvent> audit;
  std::vector<AuditEvent> keys;
  std::vector<AuditEvent> registry;
};

void keep_wanted(std::vector<AuditEvent>& events, const Wanted& wanted, std::int64_t before) {
  std::erase_if(events, [&](const AuditEvent& one) { return own_number(one) >= before || !wanted.holds(one); });
}

AuditEvent of_key(const ledger::KeyEvent& one) {
  return {.number = shown_number(one.number, kKeys),
          .at = one.at,
          .who = one.who,
          .kind = "key." + one.kind,
          .subject = one.name,
          .detail = one.detail,
          .from = "command line"};
}

AuditEvent of_registry(const ledger::RegistryEvent& one) {
  std::string detail = one.reason;
  if (!one.before.empty() && one.before != one.version) {
    detail += fmt::format("{}before: {:.12}", detail.empty() ? "" : "; ", one.before);
  }
  return {.number = shown_number(one.number, kRegistry),
          .at = one.at,
          .who = one.who,
          .kind = "classifier." + one.kind,
          .subject = one.version.substr(0, 12),
          .detail = std::move(detail),
          .from = one.who == "the gateway" ? "process" : "command line"};
}

Result<Records> read_records(Call& call, const Wanted& wanted) {
  Records out;
  PM_TRY(ledger::AuditStore * audit, call.books.audit());
  PM_TRY(out.audit, audit->events({.since = wanted.range.since,
                                   .until = wanted.range.until,
                                   .who = wanted.who,
                                   .kind = wanted.kind,
                                   .before = wanted.after.audit,
                                   .limit = wanted.limit + 1}));
  for (AuditEvent& one : out.audit) one.number = shown_number(one.number, kAudit);
  PM_TRY(ledger::KeyStore * keys, call.books.keys());
  PM_TRY(const auto of_keys, keys->events(std::nullopt));
  for (const ledger::KeyEvent& one : of_keys) out.keys.push_back(of_key(one));
  std::ranges::reverse(out.keys);
  keep_wanted(out.keys, wanted, wanted.after.keys);
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  PM_TRY(const auto of_classifiers, registry->events(kMostRegistryEvents));
  for (const ledger::RegistryEvent& one : of_classifiers) out.registry.push_back(of_registry(one));
  keep_wanted(out.registry, wanted, wanted.after.registry);
  return out;
}

// The same change, told by two records.
bool twins(const AuditEvent& noted, const AuditEvent& kept) {
  return noted.at == kept.at && noted.kind == kept.kind && noted.who == kept.who && noted.subject == kept.subject;
}

// Takes events from the heads of the three lists, the newest first; of equals the audit record's own.
class Merge {
 public:
  Merge(Records records, Cursor from) : records_(std::move(records)), cursor_(from) {}

  // Null at the end.
  const AuditEvent* next() {
    const AuditEvent* const audit = head(records_.audit, at_audit_);
    const AuditEvent* const key = head(records_.keys, at_keys_);
    const AuditEvent* const registry = head(records_.registry, at_registry_);
    const AuditEvent* newest = audit;
    for (const AuditEvent* one : {key, registry}) {
      if (one != nullptr && (newest == nullptr || one->at > newest->at)) newest = one;
    }
    if (newest == nullptr) return nullptr;
    if (newest == audit) pass(at_audit_, cursor_.audit, *audit);
    if (newest == key || (newest == audit && key != nullptr && twins(*audit, *key))) {
      pass(at_keys_, cursor_.keys, *key);
    }
    if (newest == registry || (newest == audit && registry != nullptr && twins(*audit, *registry))) {
      pass(at_registry_, cursor_.registry, *registry);
    }
    return newest;
  }
  bool done() const {
    return at_audit_ == records_.audit.size() && at_keys_ == records_.keys.size() &&
           at_registry_ == records_.registry.size();
  }
  const Cursor& cursor() const { return cursor_; }

 private:
  static const AuditEvent* head(const std::vector<AuditEvent>& list, std::size_t at) {
    return at < list.size() ? &list[at] : nullptr;
  }
  static void pass(std::size_t& at, std::int64_t& cursor, const AuditEvent& one) {
    ++at;
    cursor = own_number(one);
  }

  Records records_;
  Cursor cursor_;
  std::size_t at_audit_ = 0;
  std::size_t at_keys_ = 0;
  std::size_t at_registry_ = 0;
};

void write_event(json::Writer& json, const AuditEvent& one) {
  json.begin_object().member("number", one.number);
  write_time(json.key("at"), one.at);
  json.member("who", one.who).member("kind", one.kind).member("subject", one.subject);
  json.member("detail", one.detail).member("from", one.from).end_object();
}

Result<Wanted> read_wanted(const Query& query) {
  Wanted out;
  PM_TRY(out.range, query.range());
  if (!query.has("until")) out.range.until = base::WallTime::max();  // what was done at this instant, too
  PM_TRY(out.limit, query.limit());
  out.who = query.text("who");
  out.kind = query.text("kind");
  if (!query.has("cursor")) return out;
  const auto cursor = cursor_from(query.text("cursor"));
  if (cursor) {
    out.after = *cursor;
    return out;
  }
  return base::fail(base::Error(base::ErrorCode::kInvalidArgument, "cursor: is not one that an answer gave as `next`",
                                base::Origin::kClient)
                        .at("cursor"));
}

}  // namespace

Result<Answer> get_audit(Call& call) {
  PM_TRY(const Wanted wanted, read_wanted(call.query));
  PM_TRY(Records records, read_records(call, wanted));
  Merge merge(std::move(records), wanted.after);
  Answer out;
  json::Writer json(out.body);
  json.begin_object().key("items").begin_array();
  for (std::size_t rows = 0; rows < wanted.limit; ++rows) {
    const AuditEvent* const one = merge.next();
    if (one == nullptr) break;
    write_event(json, *one);
  }
  json.end_array().key("next");
  merge.done() ? json.null() : json.value(to_text(merge.cursor()));
  json.end_object();
  return out;
}

}  // namespace pointsman::admin
