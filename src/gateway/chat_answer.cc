// What a ChatFlow does with the answer that a model gave: passes it on, in the client's protocol, with a watch on its
// structure where somebody wants one, and says in its head what was decided.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "gateway/bill.h"
#include "gateway/chat_flow.h"
#include "gateway/client_error.h"
#include "gateway/rate_fields.h"
#include "http/write.h"
#include "route/affinity.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;

namespace {

std::chrono::microseconds micros(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

// The relay that is under way, for as long as it is there: an exception must not leave a pointer to it.
class RelayScope {
 public:
  RelayScope(Relay*& present, Relay& relay) : present_(present) { present_ = &relay; }
  ~RelayScope() { present_ = nullptr; }
  RelayScope(const RelayScope&) = delete;
  RelayScope& operator=(const RelayScope&) = delete;

 private:
  Relay*& present_;
};

}  // namespace

net::Awaitable<> ChatFlow::relay(Dispatched dispatched) {
  auto passed = co_await pass(dispatched);
  if (!passed && passed.error().place() == kStructured) {
    auto stronger = co_await ask_stronger(std::move(dispatched));
    if (stronger) {
      passed = co_await pass(*stronger);
    } else if (stronger.error().code() == ErrorCode::kCancelled) {
      co_return co_await give_up(stronger.error());
    } else if (snapshot_->config.router.structured.on_invalid == config::OnInvalid::kRetryStronger) {
      base::log_warn("request {}: {}, and {}", decision_id_, passed.error().message(), stronger.error().message());
    }
  }
  if (passed) co_return;
  if (passed.error().place() != kStructured) note_cut();
  co_await give_up(passed.error());
}

net::Awaitable<Result<void>> ChatFlow::pass(Dispatched& dispatched) {
  model_ = dispatched.model;
  attempt_ = dispatched.attempt;
  spoken_ = dispatched.sent.protocol;
  const auto index = static_cast<std::size_t>(model_);
  const upstream::Provider& provider =
      snapshot_->providers[static_cast<std::size_t>(snapshot_->provider_of_model[index])];
  answered_at_ = net::Loop::now();
  const http::ResponseHead& head = dispatched.answer->head();
  ledger::Entry& entry = state_->entry;
  entry.status = upstream_status_ = head.status;
  entry.passage.upstream.clear();  // what another answer may have left, that was given up
  entry.passage.losses.clear();
  lost_.clear();
  partial_ = false;
  const bool stream = upstream_status_ < 400 && is_event_stream(head, state_->request.stream);
  std::optional<Translation> translation;
  if (dispatched.sent.protocol != protocol_) translate(dispatched, translation);
  std::optional<StructuredWatch> watch;
  if (upstream_status_ < 400 && dispatched.hidden.empty()) look_at_structure(stream, watch);
  const config::OnInvalid on_invalid = snapshot_->config.router.structured.on_invalid;
  const bool first = dispatcher_ && !asked_stronger_;
  std::optional<AnswerCopy> copy;
  std::string type(translation ? std::string_view(stream ? "text/event-stream" : "application/json")
                               : head.find("content-type").value_or(std::string_view()));
  if (may_be_kept(head)) copy.emplace(protocol_, stream, worker_.parts_.answers->longest_answer(), state_->document);
  Relay relay(exchange_, *dispatched.answer, *state_, *this,
              {.protocol = dispatched.sent.protocol,
               .stream = stream,
               .hide_usage = stream && dispatched.sent.hide_usage,
               .drain = provider.drain,
               .hidden = dispatched.hidden,
               .translation = translation ? &*translation : nullptr,
               .watch = watch ? &*watch : nullptr,
               .enforce = watch && on_invalid != config::OnInvalid::kPass,
               .hold = watch && first && on_invalid == config::OnInvalid::kRetryStronger,
               .copy = copy ? &*copy : nullptr,
               .idle_timeout = provider.idle_timeout});
  const RelayScope scope(relay_, relay);
  auto passed = co_await relay.pass();
  watch_ = nullptr;
  translation_ = nullptr;
  if (passed) {
    if (copy) keep(*copy, std::move(type), stream);
    co_return passed;
  }
  waited_ += relay.waited();
  partial_ = false;
  if (watch) entry.passage.json = watch->verdict();
  if (passed.error().place() == kStructured) note_invalid(relay);
  co_return passed;
}

// On JSON that has to follow a schema, or be JSON at all, if anybody wants to know how it grows.
void ChatFlow::look_at_structure(bool stream, std::optional<StructuredWatch>& out) {
  const auto& fields = exchange_.head().fields;
  const bool wanted = stream && fields.find("x-pointsman-partial").value_or(std::string_view()) == "events";
  if (!wanted && snapshot_->config.router.structured.on_invalid == config::OnInvalid::kPass) return;
  const llm::CapabilitySet& needs = state_->request.needs.capabilities;
  if (state_->request.tools == 0 && !needs.has(llm::Capability::kJsonMode) &&
      !needs.has(llm::Capability::kJsonSchema)) {
    return;
  }
  const auto asked = state_->crossing.conversation(state_->request, state_->document);
  if (!asked || !StructuredWatch::has_work(**asked)) return;
  watch_ = &out.emplace(worker_.schemas_, **asked, protocol_, wanted);
  partial_ = wanted;
}

// The answer was given up before anything of it went out. What it cost is known if all of it had come.
void ChatFlow::note_invalid(const Relay& relay) {
  ledger::Attempt& attempt = state_->entry.attempts[attempt_];
  if (relay.is_over()) {
    const route::Model& model = snapshot_->market.model(static_cast<route::ModelIndex>(model_));
    attempt.judged.usage = relay.observed().usage;
    attempt.judged.cost = cost_with(model, state_->request, attempt.judged.usage);
  }
  note_broken_json();
  attempt.judged.worth = attempt.error;
  attempt.judged.discarded = true;
  state_->spans.end_call(attempt_, net::Loop::now());
}

void ChatFlow::note_broken_json() {
  constexpr std::string_view kBrokenJson = "broken_json";
  state_->entry.attempts[attempt_].error = kBrokenJson;
  generation_->measure.failed_attempt(model_, kBrokenJson);
}

net::Awaitable<Result<Dispatched>> ChatFlow::ask_stronger(Dispatched invalid) {
  invalid.answer.reset();
  if (asked_stronger_ || snapshot_->config.router.structured.on_invalid != config::OnInvalid::kRetryStronger) {
    co_return base::fail(ErrorCode::kNoCandidate, "nobody else is asked");
  }
  if (exchange_.client_gone()) co_return base::fail(ErrorCode::kCancelled, "the client left");
  asked_stronger_ = true;
  const base::Duration before = dispatcher_->waited();
  auto next = co_await dispatcher_->attempt_strongest(invalid.model);
  waited_ += dispatcher_->waited() - before;
  co_return next;
}

void ChatFlow::translate(const Dispatched& dispatched, std::optional<Translation>& out) {
  ledger::Entry& entry = state_->entry;
  entry.passage.upstream = to_string(dispatched.sent.protocol);
  entry.passage.losses = lost_ = dispatched.sent.losses;
  const llm::AnswerContext context{
      .request = state_->request.body,
      .id = decision_id_,
      .model = snapshot_->market.model(static_cast<route::ModelIndex>(model_)).name,
      .created = std::chrono::duration_cast<std::chrono::seconds>(entry.started.time_since_epoch()).count(),
      .include_usage = state_->request.include_usage};
  translation_ = &out.emplace(dispatched.sent.protocol, protocol_, context, state_->document);
}

// Names of fields as JSON texts have them, but what a header cannot hold.
std::string ChatFlow::lost() const {
  constexpr std::size_t kLongest = 1000;
  std::string out;
  for (const std::string& one : lost_) {
    if (out.size() + one.size() > kLongest) return out + ", ...";
    if (!out.empty()) out += ", ";
    for (const char c : one) out += c >= ' ' && c <= '~' ? c : '?';
  }
  return out;
}

void ChatFlow::append_fields(std::string& head, bool settled) {
  const ledger::Entry& entry = state_->entry;
  const auto line = [&head](std::string_view name, std::string_view value) {
    head += name;
    head += value;
    head += "\r\n";
  };
  line("x-pointsman-decision-id: ", decision_id_);
  if (!entry.category.empty()) (void)http::append_field(head, "x-pointsman-category", entry.category);
  char number[32];
  const auto format = [&number](auto pattern, auto value) {
    const auto written = fmt::format_to_n(number, sizeof number, pattern, value);
    return std::string_view(number, written.size);
  };
  if (entry.probability) line("x-pointsman-confidence: ", format(FMT_STRING("{:.4f}"), *entry.probability));
  line("x-pointsman-stage: ", entry.stage);
  if (!entry.encoder.empty()) line("x-pointsman-encoder: ", entry.encoder);
  if (!entry.consultation.outcome.empty()) line("x-pointsman-llm: ", entry.consultation.outcome);
  if (model_ >= 0) {
    const route::Model& model = snapshot_->market.model(static_cast<route::ModelIndex>(model_));
    (void)http::append_field(head, "x-pointsman-model", model.name);
  }
  if (cache_ && cache_->result() != CacheVisit::Result::kNone) {
    line("x-pointsman-cache: ", to_string(cache_->result()));
  }
  if (given_again_) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(cache_->found().age);
    line("age: ", format(FMT_STRING("{}"), age.count()));
  }
  const auto& kept = state_->decision.ranked.keeping.kept;
  if (kept && static_cast<int>(*kept) == model_) {
    const ledger::Continuity& before = entry.continuity;
    (void)http::append_field(
        head, "x-pointsman-kept",
        route::describe_kept(snapshot_->market.model(*kept).name, before.cached_tokens, before.cold));
  }
  if (speculation_.outcome() != Speculation::Outcome::kNone) {
    line("x-pointsman-speculation: ", to_string(speculation_.outcome()));
  }
  const bool fallback = state_->decision.routed && state_->decision.verdict.stage == classify::Stage::kFallback;
  line("x-pointsman-fallback: ",
       fallback ? std::string_view(entry.reason).substr(0, entry.reason.find(':')) : detour());
  if (snapshot_->config.router.on_unsupported == config::OnUnsupported::kWarn && !lost_.empty()) {
    line("x-pointsman-lost: ", lost());
  }
  if (partial_) line("x-pointsman-partial: ", "events");
  if (!fitting_.done.empty()) line("x-pointsman-context: ", trimmed_.empty() ? fitting_.done : trimmed_);
  if (caller_.key != nullptr) append_rate_fields(standings_, head);
  if (settled && entry.cost) line("x-pointsman-cost-usd: ", entry.cost->to_string());
  // Once settled, the relay's waiting has been counted.
  const base::Duration waited = waited_ + (relay_ != nullptr && !settled ? relay_->waited() : base::Duration(0));
  line("x-pointsman-overhead-us: ",
       format(FMT_STRING("{}"), micros(std::max(base::Duration(0), since_read() - waited)).count()));
}

std::string_view ChatFlow::detour() const {
  const ledger::Entry& entry = state_->entry;
  const std::size_t first = speculation_.went_astray() ? 1 : 0;
  if (model_ < 0) return entry.attempts.size() > first + 1 ? "failover" : "none";
  if (attempt_ <= first) return "none";
  const ledger::Judgement& before = entry.attempts[attempt_ - 1].judged;
  const bool twice =
      before.worth == ledger::kUnanswered && entry.attempts[attempt_ - 1].model == entry.attempts[attempt_].model;
  if (twice && attempt_ == first + 1) return "none";  // the first model's, which was asked once more
  const bool failed = before.worth == ledger::kUnanswered || before.worth.starts_with(ledger::kSpeculation);
  return before.discarded && !failed ? "escalated" : "failover";
}

// Of the answer; those of the request are there already.
void ChatFlow::note_losses() {
  if (translation_ == nullptr) return;
  for (llm::Loss& one : translation_->losses()) {
    if (!one.minor) lost_.push_back(one.what);
    state_->entry.passage.losses.push_back(std::move(one.what));
  }
  translation_ = nullptr;
}

}  // namespace pointsman::gateway
