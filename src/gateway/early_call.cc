#include "gateway/early_call.h"

#include <array>
#include <utility>

namespace pointsman::gateway {

EarlyCall::EarlyCall(GenerationPtr generation, http::ClientPool& pool, int model, bool stream,
                     std::span<const std::string_view> pieces)
    : generation_(std::move(generation)), pool_(pool), model_(model), stream_(stream) {
  std::size_t bytes = 0;
  for (const std::string_view piece : pieces) bytes += piece.size();
  request_.reserve(bytes);
  for (const std::string_view piece : pieces) request_ += piece;
}

void EarlyCall::start(net::Loop& loop) {
  began_at_ = net::Loop::now();
  record_ = Trial(*generation_, pool_, cancel_).begin(model_);
  loop.spawn("early call", [](EarlyCallPtr self) -> net::Awaitable<> { co_await self->run(); }(shared_from_this()));
}

net::Awaitable<> EarlyCall::run() {
  // Whatever ends this coroutine, whoever waits is told.
  struct Ending {
    EarlyCall& call;
    ~Ending() { call.end(); }
  };
  const Ending ending{*this};
  const std::array<std::string_view, 1> pieces = {request_};
  Trial trial(*generation_, pool_, cancel_);
  tried_ = co_await trial.run(model_, stream_, pieces, record_);
  if (!tried_.answer || cancel_.requested()) co_return;
  // Whatever comes from now on is kept until somebody reads it, and an upstream that breaks off is noticed.
  tried_.answer->channel().set_deadline(base::MonoTime::max());
  tried_.answer->channel().watch(gone_);
}

void EarlyCall::end() {
  over_ = true;
  ended_at_ = net::Loop::now();
  request_ = {};
  if (cancel_.requested()) tried_.answer.reset();
  if (!tried_.answer && record_.error.empty()) record_.error = to_string(base::ErrorCode::kInternal);
  ended_.signal();
}

net::Awaitable<> EarlyCall::wait() {
  if (!over_) co_await ended_.wait();
}

// The end of the connection is the end of some bodies, and of others when they are there in whole.
bool EarlyCall::is_whole_or_goes_on() const {
  upstream::Answer& answer = *tried_.answer;
  if (!answer.channel().peer_gone()) return true;
  http::BodyReader reader = answer.body();  // the answer's own stays at the beginning, for the relay
  const auto read = reader.relay(answer.body_input(), [](std::string_view) {});
  return read && (read->done || reader.close().has_value());
}

bool EarlyCall::answered() {
  if (!over_ || !tried_.answer || tried_.error || tried_.next != Next::kCommit) return false;
  if (is_whole_or_goes_on()) return true;
  tried_.answer.reset();
  Trial(*generation_, pool_, cancel_).note_broken(model_, record_);
  return false;
}

bool EarlyCall::failed() {
  return over_ && !cancel_.requested() && !answered();
}

upstream::AnswerPtr EarlyCall::take() {
  tried_.answer->channel().unwatch();
  return std::move(tried_.answer);
}

}  // namespace pointsman::gateway
