#include "upstream/whole_answer.h"

namespace pointsman::upstream {

using base::ErrorCode;
using base::Result;

net::Awaitable<Result<std::string>> read_whole(Answer& answer, std::size_t max_bytes, base::Duration idle,
                                               net::CancelToken& cancel) {
  net::Channel& channel = answer.channel();
  const net::CancelToken::Scope scope(cancel, [](void* c) { static_cast<net::Channel*>(c)->cancel(); }, &channel);
  answer.drop_head();
  std::string out;
  while (true) {
    bool fits = true;
    PM_CO_TRY(const http::RelayedBytes read, answer.body().relay(channel.input(), [&](std::string_view payload) {
      fits = fits && payload.size() <= max_bytes - out.size();
      if (fits) out += payload;
    }));
    channel.consume(read.consumed);
    if (!fits) {
      co_return base::fail(base::Error(ErrorCode::kTooLarge,
                                       "the answer has more than " + std::to_string(max_bytes) + " bytes",
                                       base::Origin::kUpstream));
    }
    if (read.done) co_return out;
    channel.set_deadline(net::Loop::now() + idle);
    const auto more = co_await channel.fill();
    if (cancel.requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    if (!more) co_return base::fail(more.error());
    if (*more) continue;
    PM_CO_CHECK(answer.body().close());
    co_return out;
  }
}

}  // namespace pointsman::upstream
