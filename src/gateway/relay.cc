#include "gateway/relay.h"

#include <array>

#include "http/write.h"

namespace pointsman::gateway {

using base::ErrorCode;
using base::Result;
using http::Framing;
using ledger::Outcome;

namespace {

// After [DONE] nothing can follow; an upstream that keeps its connection open does not keep ours.
constexpr std::chrono::seconds kAfterDone{1};

// A write that takes longer than this waited for the client to read.
constexpr std::chrono::milliseconds kBlockedWrite{1};

}  // namespace

Relay::Relay(http::Exchange& exchange, upstream::Answer& answer, RequestState& state, Settlement& settlement,
             base::Duration idle_timeout)
    : exchange_(exchange),
      answer_(answer),
      state_(state),
      settlement_(settlement),
      idle_timeout_(idle_timeout),
      status_(answer.head().status) {}

const wire::openai_chat::Observed& Relay::observed() const {
  return stream_ ? state_.stream_meter.observed() : state_.body_meter.observed();
}

void Relay::choose_form(bool hide_usage) {
  const Framing& framing = answer_.head().framing;
  hide_usage_ = hide_usage;
  const bool edited = hide_usage || !hidden_.empty();
  const bool old_client = exchange_.head().minor_version == 0;
  if (framing.kind == Framing::Kind::kLength || framing.kind == Framing::Kind::kNone) {
    form_ = edited ? (old_client ? Form::kPlain : Form::kChunked) : Form::kRaw;
  } else if (old_client) {
    form_ = Form::kPlain;
  } else {
    form_ = framing.kind == Framing::Kind::kChunked && !edited ? Form::kRaw : Form::kChunked;
  }
  if (form_ == Form::kPlain) exchange_.end_by_closing();
}

bool Relay::whole_body_is_here() const {
  const Framing& framing = answer_.head().framing;
  if (framing.kind == Framing::Kind::kNone) return true;
  return framing.kind == Framing::Kind::kLength && answer_.buffered_body() >= framing.length;
}

void Relay::build_head() {
  head_built_ = true;
  std::string& head = exchange_.start_head(status_);
  for (const http::Field& field : answer_.head().fields) {
    if (!upstream::passes_to_client(answer_.head().fields, field.name)) continue;
    if (!http::append_field(head, field.name, field.value)) continue;  // nothing of it was appended
  }
  settlement_.append_fields(head, settled_);
  const Framing& framing = answer_.head().framing;
  if (form_ == Form::kChunked || (form_ == Form::kRaw && framing.kind == Framing::Kind::kChunked)) {
    http::append_line(head, "transfer-encoding: chunked");
  } else if (form_ == Form::kRaw && framing.kind == Framing::Kind::kLength) {
    http::append_content_length(head, framing.length);
  } else if (form_ == Form::kRaw && status_ != 204 && status_ != 304) {
    http::append_content_length(head, 0);
  }
}

void Relay::meter(std::string_view payload) {
  if (stream_) {
    show(state_.stream_meter.feed(payload));
  } else {
    state_.body_meter.feed(payload);
    if (form_ != Form::kRaw) show_but_hidden(payload);
  }
}

void Relay::show_but_hidden(std::string_view payload) {
  while (!payload.empty()) {
    const bool inside = !hidden_.empty() && shown_ >= hidden_.front().begin;
    const std::size_t until = hidden_.empty() ? SIZE_MAX : inside ? hidden_.front().end : hidden_.front().begin;
    const std::string_view run = payload.substr(0, until - shown_);
    if (!inside) {
      state_.pieces.push_back(run);
    } else if (shown_ == hidden_.front().begin) {
      state_.pieces.emplace_back("null");
    }
    shown_ += run.size();
    payload.remove_prefix(run.size());
    if (inside && shown_ == until) hidden_ = hidden_.subspan(1);
  }
}

// What the meter held back lies in its own memory and holds only until it is fed again, which one input may do for each
// of its chunks: it is copied. Else the pieces lie in the input.
void Relay::show(std::span<const std::string_view> visible) {
  if (form_ == Form::kRaw) return;
  for (const std::string_view piece : visible) {
    if (hide_usage_) {
      state_.shown += piece;
    } else {
      state_.pieces.push_back(piece);
    }
  }
}

void Relay::start_pieces() {
  state_.shown.clear();
  state_.pieces.clear();
  if (form_ == Form::kChunked) state_.pieces.emplace_back();  // the chunk's header goes here
}

void Relay::end_meter() {
  if (stream_) {
    show(state_.stream_meter.finish());
  } else {
    state_.body_meter.finish();
  }
}

// Whether the content itself says that nothing is missing. That tells a whole answer from a cut one where the framing
// cannot.
bool Relay::said_all() const {
  if (status_ >= 400) return true;
  if (!stream_) return !observed().malformed;
  return observed().done || !observed().finish_reasons.empty();
}

void Relay::settle(Outcome outcome, std::string_view error) {
  if (settled_) return;
  settled_ = true;
  settlement_.settle(outcome, error);
}

// The body came to its end as its framing says.
void Relay::settle_complete() {
  if (status_ >= 400) {
    settle(status_ < 500 && status_ != 429 ? Outcome::kClientError : Outcome::kUpstreamError);
  } else if (observed().error) {
    settle(Outcome::kCut, "the upstream reported an error in its answer");
  } else if (!said_all()) {
    settle(Outcome::kCut, stream_ ? "the stream ended without [DONE] or a finish_reason"
                                  : "the upstream's answer is not one whole JSON object");
  } else {
    settle(Outcome::kOk);
  }
}

void Relay::settle_left() {
  settle(Outcome::kClientGone, "the client left in the middle of the answer");
}

void Relay::settle_stopped() {
  settle(Outcome::kGatewayError, "the gateway stopped in the middle of the answer");
}

net::Awaitable<Result<void>> Relay::pass(bool stream, bool hide_usage) {
  stream_ = stream;
  if (stream) {
    state_.stream_meter.reset(hide_usage ? wire::openai_chat::UsageReport::kHidden
                                         : wire::openai_chat::UsageReport::kUntouched);
  } else {
    state_.body_meter.reset();
  }
  choose_form(hide_usage);
  const net::CancelToken::Scope scope(
      exchange_.cancel(), [](void* c) { static_cast<net::Channel*>(c)->cancel(); }, &answer_.channel());
  // With everything at hand the cost is known in time for the head.
  const bool whole = whole_body_is_here();
  if (!whole) build_head();
  answer_.drop_head();  // its views hold until the next read
  bool goes_on = co_await forward_input();
  while (goes_on && !answer_.body().done()) {
    goes_on = co_await next_input();
    if (goes_on) goes_on = co_await forward_input();
  }
  if (goes_on) exchange_.finish();
  if (broken_) co_return base::fail(std::move(*broken_));
  co_return Result<void>{};
}

// Meters and sends what has arrived. False when the answer is over without being whole.
net::Awaitable<bool> Relay::forward_input() {
  net::Channel& channel = answer_.channel();
  start_pieces();
  auto relayed = answer_.body().relay(channel.input(), [this](std::string_view payload) { meter(payload); });
  if (!relayed) {
    if (head_sent_) {
      settle(Outcome::kCut, relayed.error().message());
    } else {
      broken_ = std::move(relayed).error();
    }
    co_return false;
  }
  if (relayed->done) end_meter();
  if (relayed->done || (stream_ && observed().done)) settle_complete();
  auto sent = co_await send_pieces(relayed->raw, relayed->tail, relayed->done);
  channel.consume(relayed->consumed);
  if (sent) co_return true;
  if (sent.error().code() == ErrorCode::kCancelled) {
    settle_stopped();  // only we cancel
  } else {
    settle_left();
  }
  co_return false;
}

// Waits for more. False when there is none; what that means has been dealt with then.
net::Awaitable<bool> Relay::next_input() {
  net::Channel& channel = answer_.channel();
  const bool over = stream_ && observed().done;
  const base::MonoTime begin = net::Loop::now();
  channel.set_deadline(begin + (over ? base::Duration(kAfterDone) : idle_timeout_));
  auto more = co_await channel.fill();
  waited_ += net::Loop::now() - begin;
  if (more && *more) co_return true;
  if (!more) {
    co_await end_without_more(more.error());
    co_return false;
  }
  auto closed = answer_.body().close();
  if (closed) {
    co_await end_by_close();
  } else {
    co_await end_without_more(closed.error());
  }
  co_return false;
}

// The connection's end is the body's end, as the framing said, and also what a cut looks like: only content that is
// whole by its own words is passed on as whole.
net::Awaitable<> Relay::end_by_close() {
  start_pieces();
  end_meter();
  const bool whole = said_all();
  if (whole) {
    settle_complete();
  } else {
    settle(Outcome::kCut, "the upstream closed the connection before its answer was whole");
  }
  auto sent = co_await send_pieces({}, {}, whole);
  if (sent && whole) exchange_.finish();
}

net::Awaitable<> Relay::end_without_more(const base::Error& why) {
  if (exchange_.client_gone()) {
    settle_left();
  } else if (exchange_.cancel().requested()) {
    settle_stopped();
  } else if (stream_ && observed().done && form_ != Form::kRaw) {
    // The stream has said [DONE]: the upstream only failed to end its framing, and ours is our own.
    start_pieces();
    auto sent = co_await send_pieces({}, {}, true);
    if (sent) exchange_.finish();
  } else {
    settle(Outcome::kCut, why.message());
  }
}

net::Awaitable<Result<void>> Relay::send_pieces(std::string_view raw, std::string_view tail, bool last) {
  if (form_ == Form::kRaw) {
    state_.pieces.clear();
    if (!raw.empty()) state_.pieces.push_back(raw);
    if (!tail.empty()) state_.pieces.push_back(tail);
  } else if (!state_.shown.empty()) {
    state_.pieces.push_back(state_.shown);
  }
  std::size_t content = 0;
  for (const std::string_view piece : state_.pieces) content += piece.size();
  std::optional<http::ChunkHeader> header;
  if (form_ == Form::kChunked) {
    if (state_.pieces.empty()) state_.pieces.emplace_back();
    if (content > 0) {
      header.emplace(content);
      state_.pieces.front() = header->text();
      state_.pieces.push_back(http::kChunkEnd);
    }
    if (last) state_.pieces.push_back(http::kLastChunk);
    content += last ? 1 : 0;
  }
  if (head_sent_ && content == 0) co_return Result<void>{};
  const base::MonoTime begin = net::Loop::now();
  auto written = co_await write_pieces();
  const base::Duration took = net::Loop::now() - begin;
  if (took >= kBlockedWrite) waited_ += took;
  co_return written;
}

net::Awaitable<Result<void>> Relay::write_pieces() {
  if (head_sent_) co_return co_await exchange_.write(state_.pieces);
  head_sent_ = true;
  if (!head_built_) build_head();
  co_return co_await exchange_.send_head(state_.pieces);
}

}  // namespace pointsman::gateway
