#include "shared_redis/session.h"

#include <utility>

namespace pointsman::shared_redis {

using base::ErrorCode;
using base::Result;

void Client::Session::start() {
  loop.spawn("redis send", send());
  loop.spawn("redis receive", receive());
}

void Client::Session::fail(base::Error reason) {
  if (broken()) return;
  const auto self = shared_from_this();
  why = std::move(reason);
  watch.cancel();
  channel->close();
  to_send.signal();
  over.signal();  // first: whoever hears of a failure finds the link down
  for (const auto& call : std::exchange(calls, {})) {
    call->failed = *why;
    call->done.signal();
  }
}

// Of all calls the oldest is due first: they have the same time.
void Client::Session::rearm() {
  if (calls.empty()) {
    watch.cancel();
    return;
  }
  watch.expires_at(calls.front()->deadline);
  watch.async_wait([self = shared_from_this()](net::ErrorCondition error) {
    if (error || self->calls.empty() || self->calls.front()->deadline > net::Loop::now()) return;
    self->fail(base::Error(ErrorCode::kTimeout, "Redis did not answer in time", base::Origin::kUpstream));
  });
}

net::Awaitable<Result<std::vector<RespValue>>> Client::Session::run(RespCommands commands, base::Duration timeout) {
  if (broken()) co_return base::fail(*why);
  if (outgoing.size() + commands.bytes().size() > kMostQueued) {
    co_return base::fail(ErrorCode::kOverloaded, "Redis takes too long to take what it is sent");
  }
  const auto call = std::make_shared<Call>();
  call->missing = commands.count();
  call->deadline = net::Loop::now() + timeout;
  outgoing.append(commands.bytes());
  calls.push_back(call);
  if (calls.size() == 1) rearm();
  to_send.signal();
  co_await call->done.wait();
  if (call->failed) co_return base::fail(*call->failed);
  co_return std::move(call->replies);
}

net::Awaitable<> Client::Session::send() {
  const auto self = shared_from_this();
  while (!broken()) {
    if (outgoing.empty()) {
      co_await to_send.wait();
      continue;
    }
    const std::string bytes = std::exchange(outgoing, {});
    const auto sent = co_await channel->write(bytes);
    if (!sent) fail(sent.error());
  }
}

net::Awaitable<> Client::Session::receive() {
  const auto self = shared_from_this();
  while (!broken()) {
    const auto more = co_await channel->fill();
    if (!more) {
      fail(more.error());
    } else if (!*more) {
      fail(base::Error(ErrorCode::kReset, "Redis closed the connection", base::Origin::kUpstream));
    } else if (auto taken = take_input(); !taken) {
      fail(std::move(taken).error());
    }
  }
}

Result<void> Client::Session::take_input() {
  while (!broken() && !channel->input().empty()) {
    PM_TRY(const std::size_t taken, reader.read(channel->input()));
    channel->consume(taken);
    if (reader.complete()) take_reply(reader.take());
  }
  return {};
}

void Client::Session::take_reply(RespValue reply) {
  if (reply.is(RespValue::Kind::kPush)) return;
  if (calls.empty()) return fail(base::Error(ErrorCode::kCorrupt, "Redis said what nobody asked for"));
  if (breaks_connection(reply)) {
    redirected = redirection(reply);
    // Also to a greeting without a password, where one is needed.
    const ErrorCode code = reply.error_code() == "NOAUTH" ? ErrorCode::kUnauthorized : ErrorCode::kReset;
    return fail(base::Error(code, "Redis: " + reply.text.substr(0, 200), base::Origin::kUpstream));
  }
  const std::shared_ptr<Call> call = calls.front();
  call->replies.push_back(std::move(reply));
  if (--call->missing > 0) return;
  calls.pop_front();
  rearm();
  call->done.signal();
}

}  // namespace pointsman::shared_redis
