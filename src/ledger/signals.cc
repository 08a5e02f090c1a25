#include "ledger/signals.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/hash.h"

namespace pointsman::ledger {
namespace {

constexpr std::chrono::hours kCommonFor{1};
constexpr std::size_t kKeysPerQuestion = 3;

// Stages in which the router did not decide by itself (docs/how-it-decides.md).
constexpr std::string_view kPassthrough = "passthrough";
constexpr std::string_view kClient = "client";

// Expiry is on the entries' own time.
base::MonoTime on_clock(base::WallTime time) {
  return base::MonoTime(std::chrono::duration_cast<base::Duration>(time.time_since_epoch()));
}

base::WallTime end_of(const Entry& entry) {
  return entry.started + entry.total;
}

bool decided_by_us(const Entry& entry) {
  return entry.stage != kPassthrough && entry.stage != kClient;
}

bool named_by_client(const Entry& entry) {
  return !decided_by_us(entry);
}

// Where answers are given again, asking the very same again is nothing that anybody complains by.
bool given_again(const Entry& entry) {
  return !entry.bill.replayed.empty();
}

enum class Kind : std::uint64_t { kPlace = 1, kAsker, kText };

std::uint64_t hash_of(std::span<const std::uint64_t> parts) {
  return base::xxh3({reinterpret_cast<const char*>(parts.data()), parts.size_bytes()});
}

std::uint64_t asker_of(const Entry& entry) {
  return base::xxh3(entry.key, entry.user);
}

// The same conversation of the same asker: a conversation is known by what it began with, which others may say too.
std::uint64_t place_of(const Entry& entry) {
  return hash_of(std::array{asker_of(entry), entry.conversation});
}

std::uint64_t key_of(Kind kind, std::uint64_t whose, const Entry& entry) {
  return hash_of(std::array{static_cast<std::uint64_t>(kind), whose, entry.text_hash});
}

// An id of version 7 (RFC 9562 section 5.7) from when the later request ended and, instead of chance, from a hash.
base::Uuid id_from(std::string_view key, base::WallTime time) {
  base::Uuid id = base::Uuid::at(time);
  const base::Sha256 hash = base::sha256(key);
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | (hash[6] & 0x0f));
  id.bytes[7] = hash[7];
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (hash[8] & 0x3f));
  std::copy(hash.begin() + 9, hash.begin() + 16, id.bytes.begin() + 9);
  return id;
}

Feedback make(Signal signal, const base::Uuid& decision, const Entry& later) {
  Feedback found;
  found.decision = decision;
  found.signal = signal;
  found.idempotency_key = fmt::format("signal:{}:{}:{}", to_string(signal), decision.to_string(), later.id.to_string());
  found.id = id_from(found.idempotency_key, end_of(later));
  if (!later.key.empty()) found.who = ("key:" + later.key).substr(0, Feedback::kMaxWho);
  if (signal == Signal::kOverridden) found.category = later.category;
  if (signal == Signal::kRegenerated || signal == Signal::kInvalidOutput) found.fit = Fit::kUnderpowered;
  return found;
}

// The model that the request went to first, whoever answered in the end.
std::string_view meant(const Entry& entry) {
  return entry.candidates.empty() ? std::string_view(entry.model) : std::string_view(entry.candidates.front());
}

}  // namespace

bool breaks_structure(std::string_view worth) {
  return worth == "broken_json" || worth == "broken_call";
}

SignalFinder::SignalFinder(const SignalOptions& options, MoreCapable more_capable)
    : options_(options),
      more_capable_(std::move(more_capable)),
      questions_(options.questions * kKeysPerQuestion, options.window + std::chrono::microseconds(1)),
      texts_(options.questions, kCommonFor) {}

SignalFinder::QuestionPtr SignalFinder::find(std::uint64_t key, const Entry& later) {
  const QuestionPtr* const found = questions_.find(key, on_clock(later.started));
  if (found == nullptr || later.started < (*found)->ended) return nullptr;  // both were under way at once
  return *found;
}

bool SignalFinder::is_common(const Entry& entry) {
  const base::MonoTime now = on_clock(end_of(entry));
  const Places* const known = texts_.find(entry.text_hash, now);
  Places places = known != nullptr ? *known : Places();
  if (places.size() > kMostConversations) return true;
  const std::uint64_t place = place_of(entry);
  if (std::ranges::find(places, place) == places.end()) {
    places.push_back(place);
    texts_.put(entry.text_hash, places, now);
  }
  return places.size() > kMostConversations;
}

void SignalFinder::tell(Question& about, Signal signal, const Entry& later, const Each& each) const {
  bool& told = about.told[static_cast<std::size_t>(signal)];
  if (!std::exchange(told, true)) each(make(signal, about.id, later));
}

// At most one signal for each way of asking again: the one that says most.
void SignalFinder::look_back(const Entry& later, const QuestionPtr& same_place, const QuestionPtr& same_asker,
                             const Each& each) {
  const bool by_header = later.stage == kClient && !later.category.empty();
  const QuestionPtr decided = by_header ? find(key_of(Kind::kText, 0, later), later) : nullptr;
  if (options_.overridden && decided && decided->category != later.category) {
    return tell(*decided, Signal::kOverridden, later, each);
  }
  const QuestionPtr& before = same_place ? same_place : same_asker;
  if (!before || before->repetitions >= kMostRepetitions) return;
  const bool stronger = named_by_client(later) && more_capable_(meant(later), before->model);
  if (stronger) {
    if (options_.regenerated && same_place) tell(*before, Signal::kRegenerated, later, each);
  } else if (options_.repeated && !given_again(later)) {
    tell(*before, Signal::kRepeated, later, each);
  }
}

void SignalFinder::observe(const Entry& entry, const Each& each) {
  const bool ours = decided_by_us(entry);
  const bool broken =
      entry.passage.json.starts_with(kInvalidJson) ||
      std::ranges::any_of(entry.attempts, [](const Attempt& one) { return breaks_structure(one.judged.worth); });
  if (ours && broken && options_.invalid_output) each(make(Signal::kInvalidOutput, entry.id, entry));
  if (entry.tool_result_turn || entry.text_hash == base::xxh3("")) return;
  if (is_common(entry)) return;
  const std::uint64_t place = key_of(Kind::kPlace, place_of(entry), entry);
  const std::uint64_t asker = key_of(Kind::kAsker, asker_of(entry), entry);
  const QuestionPtr same_place = find(place, entry);
  const QuestionPtr same_asker = entry.user != 0 ? find(asker, entry) : nullptr;
  look_back(entry, same_place, same_asker, each);
  if (!ours || entry.outcome != Outcome::kOk) return;
  const QuestionPtr& before = same_place ? same_place : same_asker;
  const int repetitions = before ? before->repetitions + (given_again(entry) ? 0 : 1) : 0;
  const auto question =
      std::make_shared<Question>(Question{entry.id, end_of(entry), entry.model, entry.category, repetitions, {}});
  const base::MonoTime now = on_clock(end_of(entry));
  questions_.put(place, question, now);
  if (entry.user != 0) questions_.put(asker, question, now);
  questions_.put(key_of(Kind::kText, 0, entry), question, now);
}

}  // namespace pointsman::ledger
