#include "gateway/relay.h"

#include <algorithm>
#include <array>

#include "gateway/answer_forms.h"
#include "gateway/client_error.h"
#include "gateway/protocols.h"
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

// Nobody waits for what is only read for its usage.
constexpr std::chrono::seconds kLongestDrain{60};

bool is_about_content(std::string_view name) {
  return http::equal_ignoring_case(name, "content-type") || http::equal_ignoring_case(name, "content-encoding");
}

}  // namespace

Relay::Relay(http::Exchange& exchange, upstream::Answer& answer, RequestState& state, Settlement& settlement,
             const Passing& passing)
    : exchange_(exchange),
      answer_(answer),
      state_(state),
      settlement_(settlement),
      passing_(passing),
      meter_(&state.meters.begin(passing.protocol, passing.stream, passing.hide_usage)),
      stream_(passing.stream),
      status_(answer.head().status) {
  if (passing_.watch != nullptr && stream_) {
    watched_.emplace(state.request.protocol, *passing_.watch, passing_.hold, state.document);
  }
}

void Relay::choose_form() {
  const Framing& framing = answer_.head().framing;
  const bool old_client = exchange_.head().minor_version == 0;
  if ((passing_.translation != nullptr || passing_.watch != nullptr) && !stream_) {
    form_ = Form::kWhole;
  } else if (framing.kind == Framing::Kind::kLength || framing.kind == Framing::Kind::kNone) {
    form_ = edited() ? (old_client ? Form::kPlain : Form::kChunked) : Form::kRaw;
  } else if (old_client) {
    form_ = Form::kPlain;
  } else {
    form_ = framing.kind == Framing::Kind::kChunked && !edited() ? Form::kRaw : Form::kChunked;
  }
  if (form_ == Form::kPlain) exchange_.end_by_closing();
}

bool Relay::whole_body_is_here() const {
  const Framing& framing = answer_.head().framing;
  if (framing.kind == Framing::Kind::kNone) return true;
  return framing.kind == Framing::Kind::kLength && answer_.buffered_body() >= framing.length;
}

// While the upstream's head is still there.
void Relay::append_passed_fields(std::string& out) const {
  for (const http::Field& field : answer_.head().fields) {
    if (!upstream::passes_to_client(answer_.head().fields, field.name)) continue;
    if (passing_.translation != nullptr && is_about_content(field.name)) continue;
    if (!http::append_field(out, field.name, field.value)) continue;  // nothing of it was appended
  }
}

void Relay::build_head() {
  head_built_ = true;
  std::string& head = exchange_.start_head(status_);
  if (form_ == Form::kWhole) {
    head += passed_fields_;
  } else {
    append_passed_fields(head);
  }
  if (passing_.translation != nullptr) {
    (void)http::append_field(head, "content-type", stream_ ? "text/event-stream" : "application/json");
  }
  settlement_.append_fields(head, settled_);
  const Framing& framing = answer_.head().framing;
  if (form_ == Form::kChunked || (form_ == Form::kRaw && framing.kind == Framing::Kind::kChunked)) {
    http::append_line(head, "transfer-encoding: chunked");
  } else if (form_ == Form::kWhole) {
    http::append_content_length(head, state_.shown.size());
  } else if (form_ == Form::kRaw && framing.kind == Framing::Kind::kLength) {
    http::append_content_length(head, framing.length);
  } else if (form_ == Form::kRaw && status_ != 204 && status_ != 304) {
    http::append_content_length(head, 0);
  }
}

void Relay::meter(std::string_view payload) {
  const auto visible = meter_->feed(payload);
  if (stream_) tail_.take(payload);
  if (passing_.copy != nullptr && form_ == Form::kRaw) passing_.copy->take(payload);
  if (form_ == Form::kWhole) {
    constexpr std::size_t kEnough = RequestState::kLongestAnswer + 1;  // to see that it is too long
    whole_ += payload.substr(0, kEnough - std::min(kEnough, whole_.size()));
  } else if (passing_.translation != nullptr) {
    passing_.translation->feed(payload, translated_);
    if (watched_ && passing_.translation->refused()) passing_.watch->excuse();
    let_out(translated_);
    translated_.clear();
  } else if (watched_) {
    for (const std::string_view piece : visible) let_out(piece);
  } else if (stream_) {
    show(visible);
  } else if (form_ != Form::kRaw) {
    show_but_hidden(payload);
  }
}

void Relay::let_out(std::string_view bytes) {
  if (watched_) {
    watched_->feed(bytes, state_.shown);
  } else {
    state_.shown += bytes;
  }
}

base::Error Relay::invalid() const {
  return base::Error(ErrorCode::kParse, "the model's structured output is " + passing_.watch->verdict(),
                     base::Origin::kUpstream, base::Retry::kOtherTarget)
      .at(std::string(kStructured));
}

void Relay::show_but_hidden(std::string_view payload) {
  while (!payload.empty()) {
    const bool inside = !passing_.hidden.empty() && shown_ >= passing_.hidden.front().begin;
    const std::size_t until = passing_.hidden.empty() ? SIZE_MAX
                              : inside                ? passing_.hidden.front().end
                                                      : passing_.hidden.front().begin;
    const std::string_view run = payload.substr(0, until - shown_);
    if (!inside) {
      state_.pieces.push_back(run);
    } else if (shown_ == passing_.hidden.front().begin) {
      state_.pieces.emplace_back("null");
    }
    shown_ += run.size();
    payload.remove_prefix(run.size());
    if (inside && shown_ == until) passing_.hidden = passing_.hidden.subspan(1);
  }
}

// What the meter held back lies in its own memory and holds only until it is fed again, which one input may do for each
// of its chunks: it is copied. Else the pieces lie in the input.
void Relay::show(std::span<const std::string_view> visible) {
  if (form_ == Form::kRaw) return;
  for (const std::string_view piece : visible) {
    if (passing_.hide_usage) {
      state_.shown += piece;
    } else {
      state_.pieces.push_back(piece);
    }
  }
}

void Relay::start_pieces() {
  if (passing_.translation != nullptr) passing_.translation->sent();
  state_.shown.clear();
  state_.pieces.clear();
  if (form_ == Form::kChunked) state_.pieces.emplace_back();  // the chunk's header goes here
}

Result<void> Relay::end_meter() {
  const auto rest = meter_->finish();
  if (form_ == Form::kWhole) return finish_whole();
  if (passing_.translation != nullptr) {
    passing_.translation->end(translated_);
    let_out(translated_);
    translated_.clear();
  } else if (watched_) {
    for (const std::string_view piece : rest) let_out(piece);
  } else if (stream_) {
    show(rest);
  }
  if (watched_) watched_->end(state_.shown);
  return {};
}

Result<void> Relay::finish_whole() {
  if (whole_.size() > RequestState::kLongestAnswer) {
    return base::fail(
        base::Error(ErrorCode::kTooLarge, "the answer is too large to be looked at", base::Origin::kUpstream));
  }
  if (status_ >= 400) {
    if (passing_.translation == nullptr) return void(state_.shown = whole_), Result<void>();
    status_ = passing_.translation->error(whole_, status_, state_.shown);
    return {};
  }
  llm::Answer answer;
  if (passing_.watch != nullptr && read_whole_answer(passing_.protocol, whole_, state_.document, answer)) {
    passing_.watch->take(answer);
    if (gives_up()) return base::fail(invalid());
  }
  if (passing_.translation != nullptr) return passing_.translation->whole(whole_, state_.shown);
  state_.shown = whole_;
  return {};
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

void Relay::finish() {
  exchange_.finish();
  if (passing_.copy != nullptr) passing_.copy->end();
}

void Relay::settle_left() {
  settle(Outcome::kClientGone, "the client left in the middle of the answer");
}

void Relay::settle_stopped() {
  settle(Outcome::kGatewayError, "the gateway stopped in the middle of the answer");
}

// One that is to be read on for its usage outlives the client it was for, but not the server.
void Relay::on_cancel() {
  if (passing_.drain && !left_ && exchange_.client_gone()) return leave();
  answer_.channel().cancel();
}

void Relay::leave() {
  left_ = true;
  exchange_.forget_client();
}

net::Awaitable<Result<void>> Relay::pass() {
  choose_form();
  const net::CancelToken::Scope scope(
      exchange_.cancel(), [](void* relay) { static_cast<Relay*>(relay)->on_cancel(); }, this);
  // With everything at hand the cost is known in time for the head.
  const bool whole = form_ == Form::kWhole || whole_body_is_here();
  if (form_ == Form::kWhole) {
    append_passed_fields(passed_fields_);
  } else if (!whole) {
    build_head();
  }
  answer_.drop_head();  // its views hold until the next read
  bool goes_on = co_await forward_input();
  while (goes_on && !answer_.body().done()) {
    goes_on = co_await next_input();
    if (goes_on) goes_on = co_await forward_input();
  }
  if (goes_on) finish();
  if (broken_) co_return base::fail(std::move(*broken_));
  co_return Result<void>{};
}

// Meters and sends what has arrived. False when the answer is over without being whole.
net::Awaitable<bool> Relay::forward_input() {
  if (passing_.drain && exchange_.client_gone()) {
    co_await drain();
    settle_left();
    co_return false;
  }
  net::Channel& channel = answer_.channel();
  start_pieces();
  auto relayed = answer_.body().relay(channel.input(), [this](std::string_view payload) { meter(payload); });
  if (!relayed) {
    co_await break_off(std::move(relayed).error());
    co_return false;
  }
  const bool turned = relayed->done && passing_.translation == nullptr && turned_into_another();
  if (turned || (passing_.translation != nullptr && passing_.translation->unreadable())) {
    channel.consume(relayed->consumed);
    co_await break_off({ErrorCode::kParse, "something that is no event took the stream's place",
                        base::Origin::kUpstream, base::Retry::kOtherTarget});
    co_return false;
  }
  if (relayed->done) {
    if (auto ended = end_meter(); !ended) {
      broken_ = std::move(ended).error();
      co_return false;
    }
  }
  if (watched_ && gives_up()) {
    co_await abandon();
    co_return false;
  }
  if (relayed->done || (stream_ && observed().done)) settle_complete();
  auto sent = co_await send_pieces(relayed->raw, relayed->tail, relayed->done);
  channel.consume(relayed->consumed);
  if (sent) co_return true;
  if (sent.error().code() == ErrorCode::kCancelled) {
    settle_stopped();  // only we cancel
  } else {
    co_await drain();
    settle_left();
  }
  co_return false;
}

// The upstream's connection is not read any further, which stops it.
net::Awaitable<> Relay::abandon() {
  const base::Error why = invalid();
  if (!head_sent_) {
    broken_ = why;
    co_return;
  }
  settle(Outcome::kUpstreamError, why.message());
  if (passing_.translation != nullptr) passing_.translation->take_back();
  co_await tell(why);
}

// What came is not what its framing promised.
net::Awaitable<> Relay::break_off(base::Error why) {
  if (!head_sent_) {
    broken_ = std::move(why);
    co_return;
  }
  settle(Outcome::kCut, why.message());
  co_await tell_cut();
}

// In the client's own protocol, where we frame what it gets. What follows is a cut connection all the same: nobody
// takes the answer for whole.
net::Awaitable<> Relay::tell_cut() {
  co_await tell(broken_off());
}

net::Awaitable<> Relay::tell(const base::Error& error) {
  if (!stream_ || form_ == Form::kRaw) co_return;
  start_pieces();
  if (passing_.translation != nullptr) {
    passing_.translation->break_off(error, state_.shown);
  } else {
    write_error_event(state_.request.protocol, error, state_.shown);
  }
  (void)co_await send_pieces({}, {}, false);
}

net::Awaitable<> Relay::drain() {
  if (!passing_.drain || settled_ || answer_.body().done()) co_return;
  if (!left_) leave();
  left_at_ = body_bytes();
  net::Channel& channel = answer_.channel();
  const base::MonoTime until = net::Loop::now() + kLongestDrain;
  while (true) {
    const auto relayed =
        answer_.body().relay(channel.input(), [this](std::string_view payload) { (void)meter_->feed(payload); });
    if (!relayed) break;
    channel.consume(relayed->consumed);
    const base::MonoTime now = net::Loop::now();
    if (relayed->done || (stream_ && observed().done) || now >= until) break;
    channel.set_deadline(std::min(until, now + passing_.idle_timeout));
    const auto more = co_await channel.fill();
    if (!more || !*more) break;
  }
  if (answer_.body().done()) (void)meter_->finish();
}

// Waits for more. False when there is none; what that means has been dealt with then.
net::Awaitable<bool> Relay::next_input() {
  net::Channel& channel = answer_.channel();
  const bool over = stream_ && observed().done;
  const base::MonoTime begin = net::Loop::now();
  channel.set_deadline(begin + (over ? base::Duration(kAfterDone) : passing_.idle_timeout));
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
  if (auto ended = end_meter(); !ended) {
    broken_ = std::move(ended).error();
    co_return;
  }
  if (watched_ && gives_up()) {
    co_await abandon();
    co_return;
  }
  const bool whole = said_all();
  if (!whole && !head_sent_) {
    broken_.emplace(ErrorCode::kReset, "the answer broke off", base::Origin::kUpstream, base::Retry::kOtherTarget);
    co_return;
  }
  if (whole) {
    settle_complete();
  } else {
    settle(Outcome::kCut, "the upstream closed the connection before its answer was whole");
  }
  auto sent = co_await send_pieces({}, {}, whole);
  if (sent && whole) finish();
  if (sent && !whole) co_await tell_cut();
}

net::Awaitable<> Relay::end_without_more(const base::Error& why) {
  if (exchange_.client_gone()) {
    settle_left();
  } else if (exchange_.cancel().requested()) {
    settle_stopped();
  } else if (stream_ && observed().done && form_ != Form::kRaw) {
    // The stream has said its last word: the upstream only failed to end its framing, and ours is our own.
    start_pieces();
    if (passing_.translation != nullptr) passing_.translation->end(state_.shown);
    auto sent = co_await send_pieces({}, {}, true);
    if (sent) finish();
  } else if (!head_sent_) {
    broken_ = why;
  } else {
    settle(Outcome::kCut, why.message());
    co_await tell_cut();
  }
}

net::Awaitable<Result<void>> Relay::send_pieces(std::string_view raw, std::string_view tail, bool last) {
  const bool held = watched_ && watched_->holding() && !settled_;
  if (!last && (form_ == Form::kWhole || held)) co_return Result<void>{};
  if (form_ == Form::kRaw) {
    state_.pieces.clear();
    if (!raw.empty()) state_.pieces.push_back(raw);
    if (!tail.empty()) state_.pieces.push_back(tail);
  } else if (!state_.shown.empty()) {
    state_.pieces.push_back(state_.shown);
  }
  std::size_t content = 0;
  for (const std::string_view piece : state_.pieces) {
    content += piece.size();
    if (passing_.copy != nullptr && form_ != Form::kRaw) passing_.copy->take(piece);
  }
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
