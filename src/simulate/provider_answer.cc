// The part of SimulatedProvider that takes its time: paced, streamed and faulty answers.
#include <algorithm>

#include "simulate/chance.h"
#include "simulate/delivery.h"
#include "simulate/event_source.h"
#include "simulate/pause.h"
#include "simulate/provider.h"

namespace pointsman::simulate {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr double kMaxPauseMs = 3'600'000;

base::Duration milliseconds(double ms) {
  const std::chrono::duration<double, std::milli> time(std::clamp(ms, 0.0, kMaxPauseMs));
  return std::chrono::duration_cast<base::Duration>(time);
}

constexpr std::string_view kPage =
    "<!doctype html><html><head><title>simulated gateway</title></head>"
    "<body><h1>This is a page, not an API</h1></body></html>\n";
constexpr std::string_view kGarbage = "\x16\x03\x01 simulated garbage \xff\r\n\r\n";
constexpr std::string_view kBrokenEvent = "data: {\"id\":\"chatcmpl-sim\",\"choices\":[{\"index\":0,\n\n";

}  // namespace

base::Duration SimulatedProvider::first_pause(const Call& call) const {
  if (call.directives.first_token_ms) return milliseconds(*call.directives.first_token_ms);
  const Timing& timing = persona_->options().timing;
  if (timing.first_token_ms <= 0) return {};
  base::Rng rng(call.key);
  return milliseconds(log_normal(rng, timing.first_token_ms, timing.first_token_sigma));
}

base::Duration SimulatedProvider::chunk_pause(const Call& call, base::Rng& rng) const {
  if (call.directives.chunk_ms) return milliseconds(*call.directives.chunk_ms);
  const Timing& timing = persona_->options().timing;
  if (timing.tokens_per_second <= 0) return {};
  const double factor = 1 + timing.jitter * (2 * rng.uniform() - 1);
  return milliseconds(1000 * factor * persona_->options().tokens_per_chunk / timing.tokens_per_second);
}

base::Duration SimulatedProvider::whole_pause(const Call& call, const TokenUsage& usage) const {
  base::Duration total = first_pause(call);
  base::Rng rng(call.key + 1);
  const std::uint64_t chunks = usage.completion / persona_->options().tokens_per_chunk;
  for (std::uint64_t i = 0; i < chunks; ++i) total += chunk_pause(call, rng);
  return total;
}

void SimulatedProvider::bill_whole(const TokenUsage& usage) {
  add(shard_.answers);
  persona_->bill().charge(shard_, usage);
}

void SimulatedProvider::bill_part(const Call& call, TokenUsage usage, std::uint64_t bytes, std::uint64_t tokens) {
  usage.reasoning = tokens == 0 ? 0 : usage.reasoning;
  usage.completion = tokens + usage.reasoning;
  persona_->bill().charge(shard_, usage);
  if (call.exchange.cancel().requested() || call.exchange.client_gone()) record_abort(call, bytes, tokens);
}

void SimulatedProvider::record_abort(const Call& call, std::uint64_t bytes, std::uint64_t tokens) {
  const auto after = net::Loop::now() - call.exchange.received_at();
  persona_->bill().count_abort(shard_,
                               {std::chrono::duration_cast<std::chrono::microseconds>(after).count(), bytes, tokens});
}

LabelOffer SimulatedProvider::take_question(Call& call, const std::optional<LabelQuestion>& question) const {
  const std::shared_ptr<const Teacher>& teacher = persona_->options().teacher;
  if (teacher == nullptr || !question) return {};
  LabelOffer offer = offer_of(*question, *teacher);
  if (offer.labels.empty()) return offer;
  if (!call.directives.first_token_ms) call.directives.first_token_ms = teacher->latency_ms(call.key);
  if (!call.directives.chunk_ms) call.directives.chunk_ms = 0;  // it is the time of the whole answer
  return offer;
}

net::Awaitable<> SimulatedProvider::answer(Call call, std::string_view body) {
  call.exchange.watch();
  if (call.fault.answers()) co_return co_await answer_fault(call);
  const auto request = parse_chat_request(body, call.key);
  if (!request) co_return co_await refuse(call.exchange, 400, refusal_body(request.error()));
  if (!persona_->serves(request->model)) {
    co_return co_await refuse(call.exchange, 404, unknown_model_body(request->model));
  }
  const ProviderOptions& options = persona_->options();
  if (call.fault.kind == FaultKind::kNoLogprobs && request->logprobs) {
    co_return co_await refuse(call.exchange, call.fault.status, fault_body(call.fault, options.name));
  }
  const LabelOffer offer = take_question(call, request->label);
  const bool labels = !offer.labels.empty();
  Completion completion =
      labels ? compose_labels(*request, offer, call.fault, options, call.key, call.body_bytes)
             : compose(*request, call.directives, options, persona_->book(), call.key, call.body_bytes);
  if (!labels || call.fault.kind == FaultKind::kRefusal) spoil(completion, *request, call.fault);
  completion.created = persona_->created();
  completion.fingerprint = persona_->fingerprint();
  if (request->stream) {
    co_await answer_stream(call, completion, request->include_usage);
  } else {
    std::string text;
    append_completion(text, completion, call.directives.usage != UsageStyle::kNone);
    co_await answer_whole(call, completion.usage, std::move(text));
  }
}

net::Awaitable<> SimulatedProvider::answer_fault(Call& call) {
  const std::string& name = persona_->options().name;
  Delivery delivery(call.exchange, {});
  add(shard_.errors);
  bool completed = false;
  if (call.fault.kind == FaultKind::kHang) {
    co_await wait_for_cancel(call.exchange.cancel());
  } else if (call.fault.kind == FaultKind::kGarbage) {
    completed = co_await delivery.send_raw(kGarbage);
    delivery.close_in_order();
  } else if (call.fault.kind == FaultKind::kHtml) {
    completed = co_await delivery.send(call.fault.status, fields("text/html; charset=utf-8", call.key), kPage);
  } else {
    const std::string body = errors_of(call.protocol).fault(call.fault, name);
    completed = co_await delivery.send(call.fault.status, fields(kJson, call.key) + fault_fields(call.fault), body);
  }
  if (!completed) record_abort(call, delivery.bytes(), 0);
}

net::Awaitable<> SimulatedProvider::answer_whole(Call& call, const TokenUsage& usage, std::string body) {
  if (call.fault.kind == FaultKind::kErrorEvent) {
    call.fault = {FaultKind::kStatus, 500, 0};
    co_return co_await answer_fault(call);
  }
  Delivery delivery(call.exchange, call.fault);
  if (!co_await pause(call.exchange.loop(), call.exchange.cancel(), whole_pause(call, usage))) {
    co_return bill_part(call, usage, 0, 0);
  }
  if (call.fault.kind == FaultKind::kBadJson) body.resize(body.size() / 2);
  const bool healthy = call.fault.delivers();
  if (healthy) bill_whole(usage);  // before the last byte: whoever has the answer finds it on the bill
  const bool sent = co_await delivery.send(200, fields(kJson, call.key), body);
  if (healthy && !sent) record_abort(call, delivery.bytes(), 0);
  if (!healthy && sent) bill_whole(usage);
  if (!healthy && !sent) bill_part(call, usage, delivery.bytes(), 0);
}

net::Awaitable<> SimulatedProvider::answer_stream(Call& call, const Completion& completion, bool include_usage) {
  StreamShape shape;
  shape.tokens_per_chunk = persona_->options().tokens_per_chunk;
  shape.chunk_bytes = call.directives.chunk_bytes.value_or(0);
  shape.include_usage = include_usage;
  shape.usage = call.directives.usage;
  shape.with_done = call.fault.kind != FaultKind::kNoDone;
  EventSource events(completion, shape);
  Delivery delivery(call.exchange, call.fault);
  if (!co_await pause(call.exchange.loop(), call.exchange.cancel(), first_pause(call))) {
    co_return bill_part(call, completion.usage, 0, 0);
  }
  const bool sent = co_await delivery.start_chunks(fields("text/event-stream; charset=utf-8", call.key) +
                                                   "cache-control: no-cache\r\n") &&
                    co_await send_events(call, delivery, events);
  if (!sent) co_return bill_part(call, completion.usage, delivery.bytes(), events.tokens());
  add(shard_.streams);
  bill_whole(completion.usage);  // before the last byte: whoever has the answer finds it on the bill
  co_await delivery.end_chunks();
}

net::Awaitable<bool> SimulatedProvider::send_events(Call& call, Delivery& delivery, EventSource& events) {
  base::Rng rng(call.key + 1);
  std::string event;
  for (std::uint64_t i = 0; events.next(event); ++i) {
    if (call.fault.kind == FaultKind::kErrorEvent && i == call.fault.at) {
      event = "data: " + fault_body({FaultKind::kStatus, 500, 0}, persona_->options().name) + "\n\n";
      if (!co_await delivery.chunk(event)) co_return false;
      co_await delivery.end_chunks();
      co_return false;
    }
    if (call.fault.kind == FaultKind::kBadJson && i == 1) event = kBrokenEvent;
    if (!co_await delivery.chunk(event)) co_return false;
    if (!events.paced()) continue;
    if (!co_await pause(call.exchange.loop(), call.exchange.cancel(), chunk_pause(call, rng))) co_return false;
  }
  co_return true;
}

}  // namespace pointsman::simulate
