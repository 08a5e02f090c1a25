#include "admin/review_state.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>

#include "admin/json_parts.h"
#include "admin/report.h"
#include "admin/review.h"
#include "cli/candidate_gate.h"
#include "learn/agreement.h"

namespace pointsman::admin {
namespace {

using base::Result;
using ledger::Entry;
using ledger::Feedback;

constexpr std::chrono::seconds kCountFresh{10};

// What the router decided in the time that is reviewed, by whether a person can be shown it.
struct Decided {
  std::uint64_t with_text = 0;
  std::uint64_t without_text = 0;
};

bool was_routed(const Entry& entry) {
  return !entry.probabilities.empty() || !entry.category.empty();
}

Result<Decided> decided_since(Call& call, base::WallTime since) {
  constexpr std::string_view kName = "decided in the time that is reviewed";
  Decided out;
  if (const auto kept = call.staff.shelf.find(kName, kCountFresh, call.clock.mono())) {
    const char* const end = kept->data() + kept->size();
    const auto first = std::from_chars(kept->data(), end, out.with_text);
    std::from_chars(std::min(first.ptr + 1, end), end, out.without_text);
    return out;
  }
  ledger::Filter filter;
  filter.since = since;
  filter.limit = std::numeric_limits<std::size_t>::max();
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  PM_CHECK(walk(call, *ledger, filter, [&out](const Entry& entry) {
    if (was_routed(entry)) ++(entry.text.empty() ? out.without_text : out.with_text);
  }));
  call.staff.shelf.keep(std::string(kName), std::to_string(out.with_text) + " " + std::to_string(out.without_text),
                        call.clock.mono());
  return out;
}

struct Person {
  std::uint64_t labels = 0;
  base::WallTime last{};
  bool working = false;
};

struct State {
  std::map<std::string, Person> people;
  std::vector<learn::SaidLabel> labels;
  std::set<base::Uuid> decisions;  // labelled by anybody, of the time that is reviewed
  std::uint64_t with_text = 0;     // of these
};

Result<State> read_feedback(Call& call, base::WallTime since) {
  State out;
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  PM_CHECK(store->scan([&](const Feedback& said, const Entry& about) {
    if (said.signal != ledger::Signal::kNone || !said.labels()) return true;
    if (about.id >= base::Uuid::at(since) && was_routed(about) && out.decisions.insert(about.id).second) {
      out.with_text += about.text.empty() ? 0 : 1;
    }
    if (said.who.empty()) return true;
    Person& person = out.people[said.who];
    ++person.labels;
    person.last = std::max(person.last, said.id.time());
    out.labels.push_back({said.who, about.id.to_string(), said.category});
    return true;
  }));
  PM_TRY(ledger::FeedbackIndex * index, call.books.said());
  PM_TRY(const std::vector<ledger::Lease> leases, index->leases(call.clock.wall()));
  for (const ledger::Lease& one : leases) {
    if (const auto person = out.people.find(one.who); person != out.people.end()) person->second.working = true;
  }
  return out;
}

// People's labels since the newest classifier was trained: what the next training waits for.
Result<std::uint64_t> new_labels(Call& call) {
  PM_TRY(ledger::ClassifierRegistry * registry, call.books.registry());
  PM_TRY(const auto versions, registry->versions());
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  return store->labels_since(versions.empty() ? base::Uuid{} : cli::learnt_until(versions.back().card));
}

void write_people(json::Writer& out, const State& state) {
  std::vector<const std::pair<const std::string, Person>*> order;
  for (const auto& one : state.people) order.push_back(&one);
  std::ranges::sort(order, [](const auto* a, const auto* b) {
    return a->second.labels != b->second.labels ? a->second.labels > b->second.labels : a->first < b->first;
  });
  out.key("annotators").begin_array();
  for (const auto* one : order) {
    out.begin_object().member("who", one->first).member("labels", one->second.labels).key("last");
    write_time(out, one->second.last);
    out.member("working", one->second.working).end_object();
  }
  out.end_array();
}

// Of the decisions that several people have labelled, those that all of them labelled alike.
std::size_t all_alike(const std::vector<learn::SaidLabel>& labels) {
  std::map<std::string, std::map<std::string, std::string>> items;  // by decision, what each said last
  for (const learn::SaidLabel& one : labels) items[one.item][one.annotator] = one.category;
  return static_cast<std::size_t>(std::ranges::count_if(items, [](const auto& item) {
    const auto& said = item.second;
    return said.size() > 1 &&
           std::ranges::all_of(said, [&](const auto& one) { return one.second == said.begin()->second; });
  }));
}

void write_agreement(json::Writer& out, const std::vector<learn::SaidLabel>& labels) {
  const learn::AgreementReport report = learn::measure_agreement(labels);
  out.key("agreement").begin_object().member("items", report.items).member("same", all_alike(labels));
  const auto figure = [&](std::string_view name, double learn::Kappa::* which) {
    out.key(name);
    if (report.overall) {
      out.value((*report.overall).*which);
    } else {
      out.null();
    }
  };
  figure("kappa", &learn::Kappa::value);
  figure("low", &learn::Kappa::low);
  figure("high", &learn::Kappa::high);
  out.end_object();
}

}  // namespace

Result<Answer> get_review(Call& call) {
  const base::WallTime since = call.clock.wall() - kReviewTime;
  PM_TRY(const Decided decided, decided_since(call, since));
  PM_TRY(const State state, read_feedback(call, since));
  PM_TRY(const std::uint64_t labels, new_labels(call));
  const gateway::Lineup lineup = call.world.lineup();
  const std::uint64_t unreadable = state.decisions.size() - state.with_text;
  const auto mine = state.people.find(call.user);
  Answer out;
  json::Writer json(out.body);
  json.begin_object().key("categories").begin_array();
  for (const config::PolicyCategory& one : lineup.champion->policy.categories) json.value(one.name);
  json.end_array();
  json.member("waiting", decided.with_text - std::min(decided.with_text, state.with_text));
  json.member("without_text", decided.without_text - std::min(decided.without_text, unreadable));
  json.member("labelled", labels).member("labelled_by_me", mine == state.people.end() ? 0 : mine->second.labels);
  json.member("goal", lineup.champion->config.learn.min_new_labels);
  write_people(json, state);
  write_agreement(json, state.labels);
  json.end_object();
  return out;
}

}  // namespace pointsman::admin
