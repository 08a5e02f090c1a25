#include "admin/feedback.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "admin/decision_detail.h"
#include "base/hash.h"
#include "config/policy.h"
#include "gateway/feedback_body.h"

namespace pointsman::admin {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using ledger::Feedback;

constexpr std::size_t kMostBody = std::size_t{32} << 10;
constexpr std::size_t kLongestName = 256;
constexpr std::string_view kSaysNothing =
    "says nothing: at least one of category, verdict, rating and comment is needed";

void read_fit(json::StrictReader& in, Feedback& out) {
  const std::size_t here = in.offset();
  const auto fit = ledger::fit_from(in.text(kLongestName));
  if (!fit || *fit == ledger::Fit::kUnsaid) {
    return in.wrong(here, "expected \"good_fit\", \"underpowered\" or \"overpowered\"");
  }
  out.fit = *fit;
}

void read_rating(json::StrictReader& in, Feedback& out) {
  const std::size_t here = in.offset();
  const std::size_t stars = in.count(5);
  if (stars < 1) return in.wrong(here, "expected a whole number from 1 to 5");
  out.rating = static_cast<int>(stars);
}

Result<Feedback> read_feedback(const std::string& body, const std::vector<std::string>& categories) {
  Feedback out;
  json::StrictReader in(body, kMostBody);
  PM_CHECK(in.open());
  constexpr bool kOptional = json::StrictReader::kOptional;
  in.object("an object that says something of the decision",
            {{"category", [&] { read_category(in, categories, out); }, kOptional},
             {"verdict", [&] { read_fit(in, out); }, kOptional},
             {"rating", [&] { read_rating(in, out); }, kOptional},
             {"comment", [&] { out.comment = in.text(Feedback::kMaxComment); }, kOptional}});
  PM_CHECK(in.result());
  const bool says = out.labels() || out.fit != ledger::Fit::kUnsaid || out.rating || !out.comment.empty();
  if (!says) return base::fail(ErrorCode::kInvalidArgument, std::string(kSaysNothing), base::Origin::kClient);
  return out;
}

std::string described(const Feedback& said) {
  if (said.no_category) return "none of the categories";
  if (!said.category.empty()) return said.category;
  if (said.fit != ledger::Fit::kUnsaid) return std::string(to_string(said.fit));
  return said.rating ? fmt::format("{} of 5", *said.rating) : "a comment";
}

}  // namespace

void read_category(json::StrictReader& in, const std::vector<std::string>& categories, Feedback& out) {
  const std::size_t here = in.offset();
  if (in.skip_if_null()) {
    out.no_category = true;
    return;
  }
  out.category = in.text(kLongestName);
  if (in.failed() || std::ranges::find(categories, out.category) != categories.end()) return;
  in.wrong(here, fmt::format("there is no such category; known are {}", fmt::join(categories, ", ")));
}

Result<std::vector<std::string>> categories_for(Call& call, const ledger::Entry& entry) {
  std::vector<std::string> out;
  const auto add = [&out](const config::Policy& policy) {
    for (const config::PolicyCategory& one : policy.categories) {
      if (std::ranges::find(out, one.name) == out.end()) out.push_back(one.name);
    }
  };
  add(call.world.lineup().champion->policy);
  PM_TRY(ledger::Reader * ledger, call.books.ledger());
  PM_TRY(const std::optional<std::string> document, ledger->policy(entry.policy_version));
  if (!document) return out;
  if (const auto then = config::read_policy(*document)) add(*then);
  return out;
}

Result<std::string> idempotency_key(const Call& call) {
  if (call.request.idempotency_key.empty()) return std::string();
  Feedback checked;
  PM_CHECK(gateway::take_key(call.request.idempotency_key, checked));
  return "dashboard:" + base::sha256_hex(call.user + "\n" + checked.idempotency_key);
}

Result<Answer> keep(Call& call, Feedback said, const ledger::Entry& about, std::string_view kind) {
  said.id = call.ids.next(call.request.at);
  said.decision = about.id;
  said.who = call.user;
  PM_TRY(said.idempotency_key, idempotency_key(call));
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  const auto receipt = store->add(said, about);
  if (!receipt) {
    const Error& error = receipt.error();
    const bool reused = error.code() == ErrorCode::kInvalidArgument && error.origin() == base::Origin::kClient;
    if (!reused) return base::fail(error);
    return conflict("this Idempotency-Key came before with other content; use a new key for new feedback",
                    "idempotency_key");
  }
  if (!receipt->repeated) PM_CHECK(call.note(kind, about.id.to_string(), described(said)));
  Answer out;
  gateway::write_receipt(about.id, *receipt, out.body);
  return out;
}

Result<Answer> post_feedback(Call& call) {
  PM_TRY(const ledger::Entry entry, find_decision(call, call.parts[0]));
  PM_TRY(const std::vector<std::string> categories, categories_for(call, entry));
  PM_TRY(Feedback said, read_feedback(call.request.body, categories));
  return keep(call, std::move(said), entry, "feedback");
}

Result<Answer> delete_feedback(Call& call) {
  PM_TRY(ledger::FeedbackIndex * index, call.books.said());
  const auto id = base::Uuid::parse(call.parts[0]);
  std::optional<Feedback> said;
  if (id) {
    PM_TRY(said, index->find(*id));
  }
  if (!said) return refuse(404, "there is no such feedback: it was taken back, or forgotten", "id", "not_found");
  const bool own = said->signal == ledger::Signal::kNone && said->who == call.user;
  if (!own && call.role != config::AdminRole::kAdmin) {
    return refuse(403, "it was said by somebody else; the role admin may take back anything", "id", "role");
  }
  PM_TRY(ledger::FeedbackStore * store, call.books.feedback());
  PM_TRY(const bool found, store->retract(*id));
  if (!found) return refuse(404, "there is no such feedback: it was taken back just now", "id", "not_found");
  if (own && said->labels()) {  // whoever takes an answer back is about to give another
    const base::WallTime now = call.clock.wall();
    PM_TRY([[maybe_unused]] const bool free, store->lease(said->decision, call.user, now, now + kReviewLease));
  }
  PM_CHECK(call.note("feedback_retracted", said->decision.to_string(),
                     fmt::format("{} by {}", described(*said), said->who)));
  return done();
}

}  // namespace pointsman::admin
