#include "shared_redis/talk.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "limits/rate_window.h"
#include "shared_redis/rate_record.h"

namespace pointsman::shared_redis {
namespace {

using base::ErrorCode;
using base::Result;
using limits::RateChange;

constexpr std::int64_t kKeptMs = 65'000;             // of the stream
constexpr std::string_view kMostEntries = "200000";  // before Redis's time is known
constexpr std::string_view kForgetMs = "180000";     // a stream that nobody adds to goes
constexpr std::int64_t kLatestMs = 1LL << 48;        // the year 10889: what is later is no time of Redis's
constexpr std::int64_t kOldestMs = 3'600'000;        // nothing that an entry tells lasts as long

template <class Number>
std::optional<Number> number_of(std::string_view digits) {
  Number value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

// The milliseconds of an entry's id.
std::optional<std::int64_t> time_of(std::string_view id) {
  const auto ms = number_of<std::int64_t>(id.substr(0, id.find('-')));
  return ms && *ms <= kLatestMs ? ms : std::nullopt;
}

std::int64_t ms_between(base::MonoTime from, base::MonoTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

// Ages of changes that are told later than they were made; those that are over go.
std::vector<RateChange> aged(std::vector<RateChange> changes, std::int64_t seconds) {
  std::erase_if(changes, [&](const RateChange& one) { return one.age + seconds >= limits::RateWindow::kSlots; });
  for (RateChange& one : changes) one.age = static_cast<std::uint8_t>(one.age + seconds);
  return changes;
}

// The entries of XREAD's answer, in the form of either version; null if there are none.
const std::vector<RespValue>* entries_of(const RespValue& reply) {
  if (reply.items.empty()) return nullptr;
  const RespValue* stream = &reply;
  if (!stream->items[0].is(RespValue::Kind::kText)) stream = &stream->items[0];
  return stream->items.size() == 2 ? &stream->items[1].items : nullptr;
}

std::unexpected<base::Error> refused(const RespValue& reply) {
  return base::fail(ErrorCode::kUnsupported, "Redis: " + reply.text.substr(0, 200), base::Origin::kUpstream);
}

}  // namespace

// An entry of the stream, read.
struct Talk::Entry {
  std::string_view id;
  std::string_view replica;
  std::uint64_t number = 0;
  std::string_view rates;
  std::string_view conversations;
  std::string_view failures;
  bool leaves = false;

  static std::optional<Entry> read(const RespValue& from) {
    if (from.items.size() != 2) return std::nullopt;
    Entry out{.id = from.items[0].text};
    const std::vector<RespValue>& fields = from.items[1].items;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const std::string_view value = fields[i + 1].text;
      if (fields[i].text == "r") out.replica = value;
      if (fields[i].text == "s") out.number = number_of<std::uint64_t>(value).value_or(0);
      if (fields[i].text == "c") out.rates = value;
      if (fields[i].text == "v") out.conversations = value;
      if (fields[i].text == "b") out.failures = value;
      if (fields[i].text == "e") out.leaves = true;
    }
    const bool good = !out.replica.empty() && out.number != 0 && time_of(out.id);
    return good ? std::optional(out) : std::nullopt;
  }
};

Talk::Talk(std::string_view prefix, std::string replica)
    : key_(std::string(prefix) + ":{" + std::string(prefix) + "}:rates"), replica_(std::move(replica)) {}

void Talk::say(std::vector<RateChange> changes, News news, base::MonoTime now) {
  if (changes.empty() && news.empty()) return;
  saying_ = Said{++number_, now, std::move(changes), std::move(news)};
}

std::int64_t Talk::redis_now(base::MonoTime now) const {
  return *redis_ms_ + ms_between(known_at_, now);
}

RespCommands Talk::ask(base::MonoTime now) {
  RespCommands out;
  adds_ = saying_ || leaving_ || !redis_ms_ || now - added_at_ >= kHeartbeat;
  if (adds_) add_entry(out, now);
  out.add({"XREAD", "COUNT", std::to_string(count_), "STREAMS", key_, last_read_});
  return out;
}

void Talk::add_entry(RespCommands& out, base::MonoTime now) {
  if (!saying_) saying_ = Said{++number_, now, {}, {}};
  const std::string trim = redis_ms_ ? std::to_string(redis_now(now) - kKeptMs) : std::string(kMostEntries);
  const std::string number = std::to_string(saying_->number);
  const std::int64_t age = ms_between(saying_->at, now);
  const std::string rates = write_rates(aged(saying_->changes, age / 1000));
  News news = saying_->news;
  news.age(std::chrono::milliseconds(age));
  const std::string conversations = write_conversations(news.conversations);
  const std::string failures = write_failures(news.failures);
  std::vector<std::string_view> words{"XADD", key_,  redis_ms_ ? "MINID" : "MAXLEN", "~", trim, "*", "r", replica_,
                                      "s",    number};
  if (!saying_->changes.empty()) words.insert(words.end(), {"c", rates});
  if (!news.conversations.empty()) words.insert(words.end(), {"v", conversations});
  if (!news.failures.empty()) words.insert(words.end(), {"b", failures});
  if (leaving_) words.insert(words.end(), {"e", "1"});
  out.add(words);
  out.add({"PEXPIRE", key_, kForgetMs});
}

Result<void> Talk::take_added(const RespValue& reply, base::MonoTime now) {
  if (reply.is(RespValue::Kind::kError)) return refused(reply);
  const auto ms = time_of(reply.text);
  if (!ms) return base::fail(ErrorCode::kCorrupt, "Redis: an entry without a time");
  // A server whose clock is behind took over: what it gets is not after what was read before.
  if (*ms < time_of(last_read_).value_or(0)) last_read_ = "0-0";
  redis_ms_ = *ms;
  known_at_ = added_at_ = now;
  saying_.reset();
  return {};
}

Result<Talk::Heard> Talk::hear(const std::vector<RespValue>& replies, base::MonoTime now) {
  const std::size_t expected = adds_ ? 3 : 1;
  if (replies.size() != expected) return base::fail(ErrorCode::kInternal, "Redis: replies do not fit the commands");
  if (adds_) PM_CHECK(take_added(replies.front(), now));
  const RespValue& read = replies.back();
  if (read.is(RespValue::Kind::kError)) return refused(read);
  Heard heard;
  const std::vector<RespValue>* const entries = entries_of(read);
  if (entries != nullptr) {
    for (const RespValue& one : *entries) {
      const auto entry = Entry::read(one);
      if (!one.items.empty() && time_of(one.items[0].text)) last_read_ = one.items[0].text;
      if (entry) {
        take_entry(*entry, now, heard);
      } else {
        ++heard.unreadable;
      }
    }
    heard.more = entries->size() >= static_cast<std::size_t>(count_);
    if (heard.more) count_ = std::min(count_ * 2, kMost);
  }
  count_replicas(now);
  return heard;
}

void Talk::take_entry(const Entry& entry, base::MonoTime now, Heard& heard) {
  if (entry.replica == replica_) return;
  const std::int64_t age = std::clamp<std::int64_t>(redis_now(now) - *time_of(entry.id), 0, kOldestMs);
  auto known = peers_.find(entry.replica);
  if (known == peers_.end()) {
    if (peers_.size() >= kMostPeers) return;
    known = peers_.emplace(std::string(entry.replica), Peer{}).first;
  }
  Peer& peer = known->second;
  if (entry.number <= peer.number) return;  // heard before
  peer.number = entry.number;
  // One that has left is known still, lest its last word be heard twice, but counts no more.
  peer.heard = entry.leaves ? now - 2 * kGone : now - std::chrono::milliseconds(age);
  take_news(entry, age, heard);
  if (entry.rates.empty()) return;
  auto changes = read_rates(entry.rates);
  if (!changes) {
    ++heard.unreadable;
    return;
  }
  for (RateChange& one : aged(std::move(*changes), age / 1000)) heard.changes.push_back(one);
}

void Talk::take_news(const Entry& entry, std::int64_t age, Heard& heard) {
  News news;
  if (!entry.conversations.empty()) {
    auto read = read_conversations(entry.conversations);
    if (read) news.conversations = std::move(*read);
    if (!read) ++heard.unreadable;
  }
  if (!entry.failures.empty()) {
    auto read = read_failures(entry.failures);
    if (read) news.failures = std::move(*read);
    if (!read) ++heard.unreadable;
  }
  news.age(std::chrono::milliseconds(age));
  std::ranges::move(news.conversations, std::back_inserter(heard.news.conversations));
  std::ranges::move(news.failures, std::back_inserter(heard.news.failures));
}

void Talk::count_replicas(base::MonoTime now) {
  constexpr std::chrono::seconds kForgotten{180};
  std::erase_if(peers_, [&](const auto& one) { return now - one.second.heard > kForgotten; });
  const auto here = std::ranges::count_if(peers_, [&](const auto& one) { return now - one.second.heard <= kGone; });
  replicas_ = 1 + static_cast<int>(here);
}

// A shorter answer is more likely to come in time.
void Talk::failed() {
  count_ = std::max(kFewest, count_ / 2);
}

}  // namespace pointsman::shared_redis
