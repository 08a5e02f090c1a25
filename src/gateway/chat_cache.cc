// What a ChatFlow does with answers that are kept: finds one for the very same request and gives it again, or keeps a
// new one.
#include <algorithm>

#include "gateway/bill.h"
#include "gateway/chat_flow.h"
#include "gateway/likely_model.h"
#include "http/write.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;
using ledger::Outcome;

namespace {

// So that a slow client has its time for each part, not for all.
constexpr std::size_t kPart = 64U << 10;

// A write that takes longer than this waited for the client to read.
constexpr std::chrono::milliseconds kBlockedWrite{1};

}  // namespace

// ---- before

CacheVisit& ChatFlow::cache() {
  if (!cache_) {
    cache_.emplace(CacheVisit::Visitor{.cache = *worker_.parts_.answers,
                                       .snapshot = *snapshot_,
                                       .caller = caller_,
                                       .head = exchange_.head(),
                                       .request = state_->request,
                                       .document = state_->document,
                                       .replicas = worker_.parts_.replicas_answers,
                                       .shared_version = generation_->shared_version});
  }
  return *cache_;
}

// Only what a category decided for that says so. The model that the key names is the one that would be asked first if
// nothing else had a say: no lot for exploring, no budget that is short.
void ChatFlow::look_up() {
  const Decision& decision = state_->decision;
  const classify::Verdict& verdict = decision.verdict;
  if (!decision.routed || verdict.category < 0 || verdict.stage == classify::Stage::kFallback) return;
  const auto category = static_cast<std::size_t>(verdict.category);
  if (worker_.parts_.answers == nullptr || !snapshot_->config.categories[category].cache_ttl) return;
  const auto first = std::ranges::find_if(decision.ranked.candidates, [this](const route::Candidate& one) {
    return caller_.key == nullptr || caller_.may_use(snapshot_->market.model(one.model).name);
  });
  if (first == decision.ranked.candidates.end()) return;
  if (trimmed_.empty()) {
    (void)cache().look_up(category, first->model, worker_.parts_.clock.mono());
  } else {
    cache().bypass();  // what was left out is not what the client sent
  }
}

net::Awaitable<base::Duration> ChatFlow::ask_replicas() {
  base::Duration waited{};
  if (!cache_ || cache_->result() == CacheVisit::Result::kNone) co_return waited;
  if (const auto key = cache_->key_of_replicas()) {
    exchange_.watch();
    const auto call = std::make_shared<SharedLookup>(exchange_.loop(), *key);
    const base::MonoTime begin = net::Loop::now();
    auto found = co_await look_in(*worker_.parts_.replicas_answers, call, exchange_.cancel());
    waited = net::Loop::now() - begin;
    if (found) (void)cache_->take_over(std::move(*found), worker_.parts_.clock.mono());
  }
  generation_->measure.looked_up(to_string(cache_->result()));
  co_return waited;
}

bool ChatFlow::would_hit() {
  const std::vector<float>& probabilities = state_->decision.evidence.probabilities;
  if (worker_.parts_.answers == nullptr || probabilities.empty()) return false;
  const auto category = static_cast<std::size_t>(std::ranges::max_element(probabilities) - probabilities.begin());
  const config::CategoryConfig& likeliest = snapshot_->config.categories[category];
  if (!likeliest.speculate || !likeliest.cache_ttl) return false;
  const auto model = likely_model(*snapshot_, state_->request, state_->decision, conditions());
  return model && cache().would_hit(category, *model, worker_.parts_.clock.mono());
}

// ---- given again

// Nobody was called, so it cost nothing; the stated baseline would have cost what it always does.
void ChatFlow::account_again(const answers::KeptAnswer& kept) {
  given_again_ = true;
  answered_at_ = net::Loop::now();
  ledger::Entry& entry = state_->entry;
  entry.model = kept.model;
  entry.provider = kept.provider;
  entry.usage = kept.usage;
  entry.status = 200;
  entry.response_bytes = kept.body.size();
  entry.passage.upstream = kept.upstream;
  entry.passage.losses = kept.losses;
  lost_ = kept.told;
  entry.bill.replayed = kept.decision;
  entry.bill.expected.reset();  // of a call that is not made
  model_ = snapshot_->find_model(kept.model);
  const route::ModelIndex baseline = baseline_of(*snapshot_, state_->decision);
  const route::Model& model = snapshot_->market.model(baseline);
  entry.cost = base::Money{};
  entry.baseline_cost = static_cast<int>(baseline) == model_ ? cost_with(model, state_->request, entry.usage)
                                                             : cost_instead(model, state_->request, entry.usage);
  add_discarded();
}

net::Awaitable<> ChatFlow::give_again() {
  const answers::KeptAnswerPtr kept = cache_->found().answer;
  account_again(*kept);
  const bool chunked = kept->stream && exchange_.head().minor_version > 0;
  if (kept->stream && !chunked) exchange_.end_by_closing();
  std::string& head = exchange_.start_head(200);
  if (!kept->content_type.empty()) (void)http::append_field(head, "content-type", kept->content_type);
  append_fields(head, true);
  if (chunked) http::append_line(head, "transfer-encoding: chunked");
  if (!kept->stream) http::append_content_length(head, kept->body.size());
  auto sent = co_await send_again(*kept, chunked);
  if (sent) {
    exchange_.finish();
  } else if (sent.error().code() == ErrorCode::kCancelled) {
    settle(Outcome::kGatewayError, "the gateway stopped in the middle of the answer");
  } else {
    settle(Outcome::kClientGone, "the client left in the middle of the answer");
  }
}

// Settled before the last part goes out (I1); later calls of settle() do nothing.
net::Awaitable<Result<void>> ChatFlow::send_again(const answers::KeptAnswer& kept, bool chunked) {
  std::string_view rest = kept.body;
  for (bool first = true; !rest.empty(); first = false) {
    const std::string_view part = rest.substr(0, kPart);
    rest.remove_prefix(part.size());
    const http::ChunkHeader header(part.size());
    state_->pieces.clear();
    if (chunked) state_->pieces.push_back(header.text());
    state_->pieces.push_back(part);
    if (chunked) state_->pieces.push_back(http::kChunkEnd);
    if (chunked && rest.empty()) state_->pieces.push_back(http::kLastChunk);
    if (rest.empty()) settle(Outcome::kOk, {});
    const base::MonoTime begin = net::Loop::now();
    Result<void> sent;
    if (first) {
      sent = co_await exchange_.send_head(state_->pieces);
    } else {
      sent = co_await exchange_.write(state_->pieces);
    }
    if (!sent) co_return sent;
    const base::Duration took = net::Loop::now() - begin;
    if (took >= kBlockedWrite) waited_ += took;
  }
  co_return Result<void>{};
}

// ---- kept

bool ChatFlow::may_be_kept(const http::ResponseHead& head) const {
  return cache_ && cache_->keeps() && upstream_status_ == 200 && !head.find("content-encoding");
}

// Only what would be given to this request at any other time, too: not what another model said because the first was
// in trouble, too dear for a budget, or passed over by lot; nor JSON that is not what it had to be.
void ChatFlow::keep(AnswerCopy& copy, std::string content_type, bool stream) {
  const ledger::Entry& entry = state_->entry;
  if (admitted_ || entry.outcome != Outcome::kOk || detour() == "failover" || !entry.bill.downgraded.empty()) return;
  if (state_->decision.ranked.candidates.front().model != cache_->model()) return;
  if (!entry.passage.json.empty() && entry.passage.json != "valid") return;
  auto body = copy.finish(state_->request.choices);
  if (!body) return;
  (void)cache_->keep({.body = std::move(*body),
                      .content_type = std::move(content_type),
                      .stream = stream,
                      .decision = decision_id_,
                      .model = entry.model,
                      .provider = entry.provider,
                      .upstream = entry.passage.upstream,
                      .losses = entry.passage.losses,
                      .told = lost_,
                      .usage = entry.usage},
                     worker_.parts_.clock.mono());
}

}  // namespace pointsman::gateway
