#include "courier/span_rounds.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "http/write.h"

namespace pointsman::courier {

using trace::Verdict;

SpanRounds::SpanRounds(net::Loop& loop, net::Resolver& resolver, telemetry::Shard& shard, std::vector<RingPtr> rings,
                       SpanOptions options)
    : loop_(loop),
      resolver_(resolver),
      shard_(shard),
      rings_(std::move(rings)),
      options_(options),
      outbox_(options.policy, options.seed) {}

void SpanRounds::set_plan(SpanPlanPtr plan) {
  if (batch_) collect();  // what was told to the collector that was in force
  if (batch_ && batch_->spans() > 0) close_batch();
  if (!plan) last_plan_ = plan_;
  plan_ = std::move(plan);
  batch_.reset();
  if (plan_) batch_.emplace(plan_->resource, plan_->convention);
  on_deadline();
}

void SpanRounds::on_deadline() {
  if (stopped_) return;
  collect();
  send();
  // Without a collector nobody fills the rings, but for requests that began while there was one.
  loop_.set_deadline(*this, net::Loop::now() + (plan_ ? options_.look : options_.linger));
}

void SpanRounds::collect() {
  const base::MonoTime now = net::Loop::now();
  for (const RingPtr& ring : rings_) {
    for (const trace::Record* one = ring->front(); one != nullptr; one = ring->front()) {
      if (!batch_) {
        lose("unsent", one->spans());
        ring->pop();
        continue;
      }
      if (batch_->spans() == 0) batch_began_ = now;
      batch_->add(*one);
      ring->pop();
      if (batch_->bytes() >= options_.batch_bytes) close_batch();
    }
  }
  if (batch_ && batch_->spans() > 0 && (hurried_ || now - batch_began_ >= options_.linger)) close_batch();
}

void SpanRounds::close_batch() {
  const std::size_t spans = batch_->spans();
  lose("queue_full", outbox_.put({batch_->take(), spans}));
}

std::string SpanRounds::head_for(const SpanTarget& target, std::size_t bytes) const {
  std::string out;
  (void)http::append_request_start(out, "POST", target.path, target.host);  // was tried when the target was made
  out += target.fields.reveal();
  http::append_line(out, "content-type: application/json");
  http::append_line(out, "user-agent: pointsman-traces");
  http::append_line(out, "connection: close");
  http::append_content_length(out, bytes);
  http::append_head_end(out);
  return out;
}

void SpanRounds::send() {
  const SpanPlanPtr& plan = plan_ ? plan_ : last_plan_;
  if (delivering_ || stopped_ || !plan) return;
  const trace::Batch* const next = outbox_.take(net::Loop::now());
  if (next == nullptr) return;
  under_way_ = *next;
  delivering_ = true;
  loop_.spawn("traces", deliver(plan, head_for(plan->target, under_way_.body.size())));
}

net::Awaitable<> SpanRounds::deliver(SpanPlanPtr plan, std::string head) {
  const Parcel parcel{plan->target.endpoint, nullptr, head, under_way_.body};
  const base::Result<PostAnswer> answer = co_await post_parcel(loop_, resolver_, parcel, cancel_, options_.limits);
  delivering_ = false;
  if (stopped_) co_return;
  settle(answer, under_way_.spans);
  under_way_ = {};
  if (!plan_ && in_trouble_) lose("unsent", outbox_.clear());  // nobody wants them any more
  send();
}

void SpanRounds::settle(const base::Result<PostAnswer>& answer, std::size_t spans) {
  const Verdict verdict = trace::verdict_of(answer ? answer->status : 0);
  const std::size_t lost = outbox_.finish(verdict, answer ? answer->retry_after : std::nullopt, net::Loop::now());
  if (verdict == Verdict::kTaken) {
    const std::size_t rejected = std::min(spans, trace::rejected_spans(answer->body));
    shard_.counter("pointsman_spans_exported_total").add(spans - rejected);
    lose("rejected", rejected);
    if (in_trouble_) base::log_info("traces: the collector takes them again");
    in_trouble_ = false;
    return;
  }
  lose(verdict == Verdict::kRefused ? "rejected" : "unsent", lost);
  shard_.counter("pointsman_span_export_failures_total").add();
  const std::string why = answer ? fmt::format("it answered {}", answer->status) : answer.error().message();
  // Once for each trouble; what follows is only of interest to somebody who is looking for it.
  base::log(in_trouble_ ? base::LogLevel::kDebug : base::LogLevel::kWarn,
            "traces: the collector at {} did not take {} spans: {}", plan_ ? plan_->target.host : "(none)", spans, why);
  in_trouble_ = true;
}

void SpanRounds::lose(std::string_view reason, std::size_t spans) {
  if (spans > 0) shard_.counter("pointsman_spans_dropped_total", {{"reason", reason}}).add(spans);
}

void SpanRounds::hurry() {
  hurried_ = true;
  on_deadline();
}

bool SpanRounds::busy() const {
  const auto due = outbox_.next_due();
  return delivering_ || (plan_ && due && *due <= net::Loop::now());
}

void SpanRounds::stop() {
  if (stopped_) return;
  stopped_ = true;
  loop_.set_deadline(*this, base::MonoTime::max());
  lost_at_end_ = outbox_.clear();
  lose("unsent", lost_at_end_);
  cancel_.request();
}

void SpanRounds::lament() {
  if (lost_at_end_ > 0) base::log_warn("traces: {} spans were not sent before the stop and are lost", lost_at_end_);
}

}  // namespace pointsman::courier
