#include "gateway/feedback_errand.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace pointsman::gateway {
namespace {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Result;
using std::chrono::milliseconds;

// When a decision that is missing is looked for again: the ledger commits within about 5 ms, but the disk may be busy.
constexpr std::array kPauses = {milliseconds(5),  milliseconds(10), milliseconds(20),
                                milliseconds(40), milliseconds(80), milliseconds(95)};
// An answer that began longer ago has ended long ago.
constexpr std::chrono::hours kLongestAnswer{1};
constexpr std::chrono::minutes kClocksApart{1};

// Ids of decisions are of version 7 (RFC 9562 section 5.7); others were not made here, and say no time.
bool made_here(const base::Uuid& id) {
  return id.bytes[6] >> 4 == 7;
}

// Whether its entry may be on its way into the ledger.
bool may_come(const base::Uuid& id, base::WallTime now) {
  return made_here(id) && id.time() > now - kLongestAnswer && id.time() < now + kClocksApart;
}

Result<std::optional<ledger::Entry>> look_up(FeedbackBooks& books, const base::Uuid& decision) {
  PM_TRY(std::optional<ledger::Entry> spoken_of, books.store->sample(decision));
  if (spoken_of) return spoken_of;
  return books.ledger->find(decision);
}

Result<std::optional<base::Uuid>> oldest(ledger::Reader& reader) {
  std::optional<base::Uuid> first;
  ledger::Filter filter;
  filter.limit = 1;
  filter.newest_first = false;
  PM_CHECK(reader.scan(filter, [&first](const ledger::Entry& entry) {
    first = entry.id;
    return false;
  }));
  return first;
}

Error explain_missing(const base::Uuid& decision, const std::optional<base::Uuid>& first, base::WallTime now) {
  const std::string id = decision.to_string();
  std::string what;
  if (first && made_here(decision) && decision < *first) {
    what = fmt::format("the decision {} has been forgotten: the ledger goes back to {:%F %T} UTC", id,
                       std::chrono::time_point_cast<std::chrono::seconds>(first->time()));
  } else if (may_come(decision, now)) {
    what = fmt::format("there is no decision {} here; while its answer is under way, nothing can be said about it", id);
  } else {
    what = fmt::format("there is no decision {} here: none was made under this id, or it was removed", id);
  }
  return Error(ErrorCode::kNotFound, std::move(what), Origin::kClient).at("/decision_id");
}

bool is_conflict(const Error& error) {
  return error.code() == ErrorCode::kInvalidArgument && error.origin() == Origin::kClient;
}

}  // namespace

FeedbackErrand::FeedbackErrand(ledger::Feedback said)
    : open_{0}, phase_(Phase::kFind), bytes_(said.comment.size() + said.corrected_output.size()) {
  items_.push_back({std::move(said), {}});
}

FeedbackErrand::FeedbackErrand(std::string lines, std::vector<std::string> categories)
    : phase_(Phase::kRead), bytes_(lines.size()) {
  lines_.emplace(std::move(lines), std::move(categories));
}

void FeedbackErrand::problem(std::string what) {
  ++answer_.wrong;
  if (answer_.problems.size() < kMaxProblems) answer_.problems.push_back(std::move(what));
}

std::string FeedbackErrand::where(const Item& item) const {
  const std::uint64_t kept = answer_.count.accepted + answer_.count.repeated;
  return fmt::format("{}: {} before it are kept and may be sent again", lines_->place_of_decision(item.place), kept);
}

Result<FeedbackErrand::Next> FeedbackErrand::step(FeedbackBooks& books, base::UuidGenerator& ids, base::WallTime now) {
  switch (phase_) {
    case Phase::kRead:
      return read();
    case Phase::kFind:
      return find(books, ids, now);
    case Phase::kKeep:
      return keep(books, ids, now);
  }
  return Next{.over = true};
}

FeedbackErrand::Next FeedbackErrand::read() {
  for (std::size_t i = 0; i < kSlice; ++i) {
    std::optional<FeedbackLines::Line> line = lines_->next();
    if (!line) {
      open_.resize(items_.size());
      std::iota(open_.begin(), open_.end(), std::size_t{0});
      phase_ = Phase::kFind;
      return {.over = answer_.wrong > 0 || items_.empty()};
    }
    if (line->said) {
      ledger::Feedback said = std::move(*line->said);
      items_.push_back({std::move(said), std::move(*line)});
    } else {
      problem(line->said.error().message());
    }
  }
  return {};
}

Result<FeedbackErrand::Next> FeedbackErrand::find(FeedbackBooks& books, base::UuidGenerator& ids, base::WallTime now) {
  for (std::size_t i = 0; i < kSlice && at_ < open_.size(); ++i, ++at_) {
    PM_TRY(const auto entry, look_up(books, items_[open_[at_]].said.decision));
    if (!entry) missing_.push_back(open_[at_]);
  }
  if (at_ < open_.size()) return Next{};
  at_ = 0;
  if (missing_.empty()) {
    phase_ = Phase::kKeep;
    if (!lines_) return keep(books, ids, now);
    return Next{};
  }
  const bool wait =
      std::ranges::any_of(missing_, [&](std::size_t one) { return may_come(items_[one].said.decision, now); });
  if (wait && tries_ < kPauses.size()) {
    open_ = std::move(missing_);
    missing_.clear();
    return Next{.pause = kPauses[tries_++]};
  }
  PM_CHECK(refuse_missing(books, now));
  return Next{.over = true};
}

Result<void> FeedbackErrand::refuse_missing(FeedbackBooks& books, base::WallTime now) {
  PM_TRY(const auto first, oldest(*books.ledger));
  for (const std::size_t one : missing_) {
    const Item& item = items_[one];
    Error why = explain_missing(item.said.decision, first, now);
    if (lines_) {
      problem(lines_->place_of_decision(item.place) + ": /decision_id: " + why.message());
    } else {
      answer_.error = std::move(why);
    }
  }
  return {};
}

Result<std::vector<ledger::Statement>> FeedbackErrand::take_slice(FeedbackBooks& books, base::UuidGenerator& ids,
                                                                  base::WallTime now) {
  std::vector<ledger::Statement> slice;
  const std::size_t end = std::min(items_.size(), at_ + (one_by_one_ ? 1 : kKeepSlice));
  for (std::size_t i = at_; i < end; ++i) {
    PM_TRY(auto entry, look_up(books, items_[i].said.decision));
    if (!entry) break;
    slice.push_back({items_[i].said, std::move(*entry)});
    slice.back().feedback.id = ids.next(now);
  }
  return slice;
}

Result<FeedbackErrand::Next> FeedbackErrand::broken_off(Error why, std::size_t tried) {
  if (is_conflict(why) && tried > 1) {
    one_by_one_ = true;
    return Next{};
  }
  if (lines_) why = Error(why).in(where(items_[at_]));
  if (!is_conflict(why)) return base::fail(std::move(why));
  answer_.error = std::move(why);
  answer_.conflict = true;
  return Next{.over = true};
}

Result<FeedbackErrand::Next> FeedbackErrand::keep(FeedbackBooks& books, base::UuidGenerator& ids, base::WallTime now) {
  PM_TRY(const std::vector<ledger::Statement> slice, take_slice(books, ids, now));
  if (slice.empty()) {  // forgotten since it was found
    missing_ = {at_};
    PM_CHECK(refuse_missing(books, now));
    return Next{.over = true};
  }
  auto receipts = books.store->add_all(slice);
  if (!receipts) return broken_off(std::move(receipts).error(), slice.size());
  for (const ledger::Receipt& receipt : *receipts) {
    const ledger::Fit fit = items_[at_++].said.fit;
    ImportCount& count = answer_.count;
    ++(receipt.repeated ? count.repeated : count.accepted);
    if (!receipt.repeated) ++count.by_verdict[static_cast<std::size_t>(fit)];
    if (!lines_) answer_.receipt = receipt;
  }
  return Next{.over = at_ == items_.size()};
}

}  // namespace pointsman::gateway
