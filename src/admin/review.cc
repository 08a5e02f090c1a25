#include "admin/review.h"

#include <algorithm>

#include "admin/decision_detail.h"
#include "admin/feedback.h"
#include "admin/json_parts.h"
#include "admin/review_state.h"
#include "cli/label_batch.h"

namespace pointsman::admin {
namespace {

using base::Result;
using learn::ReviewReason;
using ledger::Entry;
using ledger::Feedback;

constexpr std::size_t kMostTaken = 100;
constexpr std::size_t kMostBody = std::size_t{32} << 10;
// Choosing among more would keep people waiting: what they add is like what is there.
constexpr std::size_t kMostLookedAt = 4000;
constexpr std::string_view kHeldByMe = "you have it already";

struct Take {
  std::size_t count = 0;
  bool again = false;
};

Result<Take> read_take(const std::string& body) {
  Take out;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  in.object("an object with count and again",
            {{"count", [&] { out.count = in.count(kMostTaken); }}, {"again", [&] { out.again = in.flag(); }}});
  PM_CHECK(in.result());
  return out;
}

bool labelled_by(const std::vector<Feedback>& said, const std::string& who, bool others) {
  return std::ranges::any_of(said, [&](const Feedback& one) {
    return one.signal == ledger::Signal::kNone && one.labels() && (one.who == who) != others;
  });
}

struct Taken {
  Entry entry;
  ReviewOffer offer;
  base::WallTime until{};
};

// One POST /review/take at work.
class Taking {
 public:
  Taking(Call& call, const Take& take) : call_(call), take_(take), now_(call.clock.wall()) {}

  Result<Answer> run() {
    PM_TRY(index_, call_.books.said());
    PM_TRY(store_, call_.books.feedback());
    PM_TRY(ledger::Reader * ledger, call_.books.ledger());
    cli::FeedbackBooks books = cli::FeedbackBooks::over(*store_, *ledger);
    PM_CHECK(take_held());
    if (taken_.size() < take_.count) PM_CHECK(take_new(books));
    return written(books);
  }

 private:
  // What the user has already and has not answered comes first, and is theirs for longer.
  Result<void> take_held() {
    PM_TRY(const std::vector<ledger::Lease> leases, index_->leases(now_));
    for (const ledger::Lease& one : leases) {
      without_.insert(one.decision);
      if (one.who != call_.user || taken_.size() == take_.count) continue;
      PM_TRY(const std::vector<Feedback> said, index_->about(one.decision));
      if (labelled_by(said, call_.user, false)) continue;
      const auto known = call_.staff.reviews.find(call_.user, one.decision);
      const ReviewOffer offer = known.value_or(ReviewOffer{.reason = ReviewReason::kUnsure,
                                                           .why = std::string(kHeldByMe),
                                                           .slice = 0,
                                                           .blind = labelled_by(said, call_.user, true)});
      auto entry = find_decision(call_, one.decision.to_string());
      if (offer.blind != take_.again || !entry || entry->text.empty()) continue;
      PM_CHECK(lease(std::move(*entry), offer));
    }
    return {};
  }

  Result<void> take_new(cli::FeedbackBooks& books) {
    without_.merge(call_.staff.reviews.skipped(call_.user));
    cli::BatchOptions options;
    options.since = now_ - kReviewTime;
    options.until = now_;
    options.count = take_.count - taken_.size();
    if (take_.again) options.again = call_.user;
    options.without = without_;
    options.most = kMostLookedAt;
    PM_TRY(cli::LabelBatch batch, cli::choose_batch(books, options));
    for (cli::LabelPick& pick : batch.picks) {
      const ReviewOffer offer{.reason = pick.reason, .why = pick.why, .slice = pick.slice, .blind = take_.again};
      PM_CHECK(lease(std::move(pick.entry), offer));
    }
    return {};
  }

  // Somebody may have been faster: then it is theirs.
  Result<void> lease(Entry entry, const ReviewOffer& offer) {
    const base::WallTime until = now_ + kReviewLease;
    PM_TRY(const bool granted, store_->lease(entry.id, call_.user, now_, until));
    if (!granted) return {};
    call_.staff.reviews.offer(call_.user, entry.id, offer);
    taken_.push_back({.entry = std::move(entry), .offer = offer, .until = until});
    return {};
  }

  Result<Answer> written(cli::FeedbackBooks& books) {
    std::vector<std::string> categories;  // in the order that GET /review has them
    for (const auto& one : call_.world.lineup().champion->policy.categories) categories.push_back(one.name);
    std::vector<learn::LabelItem> items;
    for (const Taken& one : taken_) {
      PM_TRY(learn::LabelItem item,
             cli::label_item({one.entry, one.offer.reason, one.offer.why, one.offer.slice}, categories, books));
      items.push_back(std::move(item));
    }
    Answer out;
    json::Writer json(out.body);
    json.begin_object().key("items").begin_array();
    for (std::size_t i = 0; i < items.size(); ++i) write_item(json, taken_[i], items[i]);
    json.end_array().end_object();
    return out;
  }

  static void write_item(json::Writer& out, const Taken& taken, const learn::LabelItem& item) {
    const bool blind = taken.offer.blind;
    out.begin_object().member("id", item.id).key("started");
    write_time(out, taken.entry.started);
    out.member("text", item.text).member("context", taken.entry.context);
    out.member("category", blind ? "" : item.category).member("stage", item.stage).member("model", item.model);
    out.key("cost_usd");
    write_dollars(out, item.cost);
    out.key("opinions").begin_array();
    if (!blind) {
      for (const learn::StageOpinion& one : item.opinions) write_opinion(out, one);
    }
    out.end_array().member("reason", to_string(taken.offer.reason)).member("why", taken.offer.why);
    out.member("blind", blind).key("leased_until");
    write_time(out, taken.until);
    out.end_object();
  }

  static void write_opinion(json::Writer& out, const learn::StageOpinion& one) {
    out.begin_object().member("stage", one.stage).key("probabilities").begin_array();
    for (const float p : one.probabilities) out.value(p);
    out.end_array().member("remark", one.remark).end_object();
  }

  Call& call_;
  const Take take_;
  const base::WallTime now_;
  ledger::FeedbackIndex* index_ = nullptr;
  ledger::FeedbackStore* store_ = nullptr;
  std::set<base::Uuid> without_;
  std::vector<Taken> taken_;
};

Answer passed_on() {
  return conflict("the lease has passed to somebody else; nothing was kept", "lease");
}

// Whether the decision is still the user's to answer. A lease that ran out is taken up again where nobody has come
// between: it is free, and nobody has labelled it since.
Result<bool> still_theirs(Call& call, const base::Uuid& decision, bool blind) {
  const base::WallTime now = call.clock.wall();
  PM_TRY(ledger::FeedbackIndex * index, call.books.said());
  PM_TRY(const std::vector<ledger::Lease> leases, index->leases(now));
  const auto held = std::ranges::find(leases, decision, &ledger::Lease::decision);
  if (held != leases.end()) return held->who == call.user;
  PM_TRY(const std::vector<Feedback> said, index->about(decision));
  if (blind || labelled_by(said, call.user, true)) return false;
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  return store->lease(decision, call.user, now, now + kReviewLease);
}

Result<Feedback> read_answer(const std::string& body, const std::vector<std::string>& categories) {
  Feedback out;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  in.object("an object with category: a name, or null for none of them",
            {{"category", [&] { read_category(in, categories, out); }},
             {"comment", [&] { out.comment = in.text(Feedback::kMaxComment); }, json::StrictReader::kOptional}});
  PM_CHECK(in.result());
  return out;
}

// Whether that very answer is on the disk already, and only its acknowledgement was lost.
Result<bool> was_kept(Call& call) {
  PM_TRY(const std::string key, idempotency_key(call));
  if (key.empty()) return false;
  PM_TRY(ledger::FeedbackIndex * index, call.books.said());
  PM_TRY(const std::optional<Feedback> before, index->with_key(key));
  return before.has_value();
}

}  // namespace

Result<Answer> post_review_take(Call& call) {
  PM_TRY(const Take take, read_take(call.request.body));
  return Taking(call, take).run();
}

Result<Answer> post_review_answer(Call& call) {
  PM_TRY(const Entry entry, find_decision(call, call.parts[0]));
  PM_TRY(const std::vector<std::string> categories, categories_for(call, entry));
  PM_TRY(Feedback said, read_answer(call.request.body, categories));
  const ReviewOffer offer = call.staff.reviews.find(call.user, entry.id).value_or(ReviewOffer{});
  said.slice = offer.slice;
  PM_TRY(const bool repeated, was_kept(call));
  if (!repeated) {
    PM_TRY(const bool theirs, still_theirs(call, entry.id, offer.blind));
    if (!theirs) return passed_on();
  }
  PM_TRY(Answer out, keep(call, std::move(said), entry, "review"));
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  if (out.status == 200) PM_CHECK(store->release(entry.id, call.user));
  return out;
}

Result<Answer> post_review_skip(Call& call) {
  PM_TRY(const Entry entry, find_decision(call, call.parts[0]));
  call.staff.reviews.skip(call.user, entry.id);
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  PM_CHECK(store->release(entry.id, call.user));
  return done();
}

}  // namespace pointsman::admin
