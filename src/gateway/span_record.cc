#include "gateway/span_record.h"

#include <algorithm>

namespace pointsman::gateway {

using ledger::Outcome;

namespace {

std::int64_t micros(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

trace::Operation operation_of(llm::Protocol protocol) {
  switch (protocol) {
    case llm::Protocol::kLegacyCompletions:
      return trace::Operation::kTextCompletion;
    case llm::Protocol::kEmbeddings:
      return trace::Operation::kEmbeddings;
    default:
      return trace::Operation::kChat;
  }
}

// Reasons may go on behind a colon with what went wrong.
std::string_view short_reason(std::string_view reason) {
  return reason.substr(0, reason.find(':'));
}

// Of an answer with an error that was passed on, its status; it was the right answer for its client.
void name_error(const ledger::Attempt& attempt, std::string& out) {
  out = attempt.error;
  if (out.empty() && attempt.status >= 400) out = "status_" + std::to_string(attempt.status);
}

void describe_model(const Snapshot& snapshot, std::string_view name, trace::Call& out) {
  const int model = snapshot.find_model(name);
  if (model < 0) {
    out.upstream_model = name;
    out.address.clear();
    return;
  }
  out.upstream_model = snapshot.market.model(static_cast<route::ModelIndex>(model)).upstream_name;
  const auto provider = static_cast<std::size_t>(snapshot.provider_of_model[static_cast<std::size_t>(model)]);
  const net::Endpoint& endpoint = snapshot.providers[provider].target->endpoint;
  out.address = endpoint.host;
  out.port = endpoint.port;
}

// What the answer that was released cost alone; unknown stays unknown.
std::optional<base::Money> own_cost(const ledger::Entry& entry) {
  if (!entry.cost) return std::nullopt;
  base::Money own = *entry.cost;
  for (const ledger::Attempt& one : entry.attempts) {
    if (!one.judged.discarded) continue;
    if (!one.judged.cost) return std::nullopt;
    own = own - *one.judged.cost;
  }
  return own;
}

void describe_request(const ledger::Entry& entry, trace::Record& out) {
  out.start = entry.started.time_since_epoch().count();
  out.stream = entry.stream;
  out.asked_for = entry.requested_model;
  out.model = entry.model;
  out.provider = entry.provider;
  out.max_tokens = entry.output_tokens_limit;
  out.status = entry.status;
  out.outcome = to_string(entry.outcome);
  out.error.clear();
  if (entry.outcome != Outcome::kOk) out.error = to_string(entry.outcome);
  out.failed = entry.outcome == Outcome::kUpstreamError || entry.outcome == Outcome::kCut ||
               entry.outcome == Outcome::kGatewayError;
  out.overhead = entry.overhead.count();
  out.usage = entry.usage;
  out.cost = entry.cost;
  out.baseline_cost = entry.baseline_cost;
  out.context = entry.fitting.done;
  out.cache = entry.bill.replayed.empty() ? std::string_view() : std::string_view("hit");
}

void describe_choice(const ledger::Entry& entry, trace::Choice& out) {
  out.route = entry.category;
  out.stage = entry.stage;
  out.reason = short_reason(entry.reason);
  out.fallback = entry.stage == to_string(classify::Stage::kFallback);
  out.confidence = entry.probability;
  out.threshold = entry.threshold;
  out.router_version = entry.policy_version;
  out.classifier_version = entry.classifier_version;
  out.encoder = entry.encoder;
  out.opinion = entry.consultation.outcome;
}

void describe_attempt(const TracedRequest& request, std::size_t number, trace::Call& out) {
  const ledger::Attempt& attempt = request.entry.attempts[number];
  out.first_byte = attempt.first_byte.count();
  out.model = attempt.model;
  out.provider = attempt.provider;
  describe_model(request.snapshot, attempt.model, out);
  out.status = attempt.status;
  name_error(attempt, out.error);
  out.failed = !out.error.empty() && !out.error.ends_with("cancelled");
  out.hedged = false;
  out.worth = attempt.judged.worth;
  out.discarded = attempt.judged.discarded;
  const bool released = static_cast<int>(number) == request.released;
  out.usage = released ? request.entry.usage : attempt.judged.usage;
  out.cost = released ? own_cost(request.entry) : attempt.judged.cost;
}

void describe_question(const TracedRequest& request, trace::Call& out) {
  const ledger::Consultation& asked = request.entry.consultation;
  out.model = asked.model;
  describe_model(request.snapshot, asked.model, out);
  const upstream::Provider& provider = request.snapshot.consultant->provider();
  out.provider = provider.name;
  out.address = provider.target->endpoint.host;
  out.port = provider.target->endpoint.port;
  const bool used = asked.outcome == to_string(classify::OpinionOutcome::kUsed);
  out.error = used ? std::string_view() : std::string_view(asked.outcome);
  out.failed = !used && asked.outcome != to_string(classify::OpinionOutcome::kCancelled);
  out.status = 0;
  out.first_byte = 0;
  out.worth.clear();
  out.discarded = false;
  out.hedged = asked.hedged;
  out.usage = asked.usage;
  out.cost = asked.cost;
}

}  // namespace

void fill_record(const TracedRequest& request, trace::Record& out) {
  const SpanNotes& notes = request.notes;
  const auto interval = [&](const SpanNotes::Call& one) {
    const base::MonoTime ended = one.ended == base::MonoTime{} ? request.now : one.ended;
    return trace::Interval{micros(one.began - request.received), micros(ended - request.received)};
  };
  out.trace = notes.trace();
  out.id = notes.root();
  out.parent = notes.parent();
  out.state = notes.state();
  describe_request(request.entry, out);
  out.took = micros(request.now - request.received);
  out.first_byte = request.answered != base::MonoTime{} ? micros(request.answered - request.received) : 0;
  out.operation = operation_of(request.protocol);
  out.decision = request.decision;
  describe_choice(request.entry, out.choice);
  out.choice.id = notes.choice().id;
  out.choice.time = interval(notes.choice());
  out.asked_opinion = request.asked && request.snapshot.consultant && notes.question().id;
  if (out.asked_opinion) {
    out.opinion.id = notes.question().id;
    out.opinion.time = interval(notes.question());
    describe_question(request, out.opinion);
  }
  out.call_count = 0;
  const std::size_t calls = std::min(notes.calls().size(), request.entry.attempts.size());
  for (std::size_t i = 0; i < calls; ++i) {
    SpanNotes::Call note = notes.calls()[i];
    if (static_cast<int>(i) == request.released) note.ended = {};  // also where it was kept for want of a better one
    trace::Call& call = out.add_call();
    call.id = note.id;
    call.time = interval(note);
    describe_attempt(request, i, call);
  }
}

}  // namespace pointsman::gateway
