#include "upstream/call.h"

#include <algorithm>

namespace pointsman::upstream {

using base::ErrorCode;
using base::Result;

namespace {

// How long the answer to a request that could not be sent is waited for.
constexpr base::Duration kRefusalWait = std::chrono::seconds(1);

}  // namespace

Answer::~Answer() {
  if (!connection_) return;
  const bool whole = body_ && body_->done() && head_.keep_alive;
  if (whole) {
    pool_.release(target_, std::move(connection_));
  } else {
    pool_.discard(target_, std::move(connection_));
  }
}

net::Awaitable<Result<bool>> Answer::more(std::size_t max_input) {
  net::Channel& input = channel();
  const char* const before = input.input().data();
  auto more = co_await input.fill(max_input);
  if (input.input().data() != before) head_.rebase(before, input.input().data());
  co_return more;
}

class Caller {
 public:
  Caller(http::ClientPool& pool, const Provider& provider, net::CancelToken& cancel)
      : pool_(pool), provider_(provider), cancel_(cancel) {}

  net::Awaitable<Result<AnswerPtr>> run(std::span<const std::string_view> pieces) {
    bool stale = false;
    auto answer = co_await attempt(pieces, false, stale);
    if (answer || !stale) co_return answer;
    const bool unsent = answer.error().code() == ErrorCode::kConnect;
    auto again = co_await attempt(pieces, true, stale);
    if (unsent) co_return again;
    if (again) {
      (*again)->resent_ = true;
    } else if (again.error().code() == ErrorCode::kConnect || again.error().code() == ErrorCode::kOverloaded) {
      co_return answer;  // without a fresh connection it must not look as if nothing had been sent
    }
    co_return again;
  }

 private:
  // Sets `stale` when one more try on a fresh connection is safe and may help.
  net::Awaitable<Result<AnswerPtr>> attempt(std::span<const std::string_view> pieces, bool fresh, bool& stale) {
    PM_CO_TRY(auto connection, co_await pool_.acquire(provider_.target, cancel_, fresh));
    auto answer = std::make_unique<Answer>(pool_, provider_.target, std::move(connection));
    http::ClientConnection& link = *answer->connection_;
    const net::CancelToken::Scope scope(
        cancel_, [](void* c) { static_cast<net::Channel*>(c)->cancel(); }, &link.channel());
    const std::uint64_t before = link.channel().bytes_out();
    const base::MonoTime sent_at = net::Loop::now();
    link.channel().set_deadline(sent_at + provider_.first_byte_timeout);
    auto done = co_await exchange(*answer, pieces);
    if (done) {
      answer->first_byte_ = net::Loop::now() - sent_at;
      co_return answer;
    }
    if (cancel_.requested()) co_return base::fail(ErrorCode::kCancelled, "the request was cancelled");
    const bool broken = done.error().code() == ErrorCode::kReset && !link.answered();
    stale = broken && link.reused();
    if (broken && link.channel().bytes_out() == before) {
      co_return base::fail(ErrorCode::kConnect, done.error().message(), base::Origin::kUpstream,
                           base::Retry::kOtherTarget);
    }
    co_return base::fail(std::move(done).error());
  }

  net::Awaitable<Result<void>> exchange(Answer& answer, std::span<const std::string_view> pieces) {
    http::ClientConnection& link = *answer.connection_;
    const std::uint64_t before = link.channel().bytes_out();
    auto sent = co_await link.send(pieces);
    // Whatever comes on a kept connection that took nothing of the request, it is no answer to it.
    if (!sent && link.reused() && link.channel().bytes_out() == before) co_return sent;
    // An upstream may answer (413, 401) and close before it has read everything: look for the answer anyway.
    if (!sent && sent.error().code() != ErrorCode::kReset) co_return sent;
    if (!sent) {
      // It may as well be our own side that cannot send: only by this does the upstream know that no more will come.
      link.channel().shutdown_send();
      link.channel().set_deadline(net::Loop::now() + std::min(kRefusalWait, provider_.first_byte_timeout));
    }
    auto read = co_await link.read_head(http::Method::kPost, http::Limits{64 * 1024, http::kMaxFields}, answer.head_);
    if (!read) co_return !sent && read.error().code() == ErrorCode::kTimeout ? sent : read;
    if (!sent) answer.head_.keep_alive = false;  // the rest of the request was never read
    PM_CO_TRY(auto body, http::BodyReader::open(answer.head_.framing, http::Peer::kUpstream));
    answer.body_ = body;
    co_return co_await first_bytes(answer);
  }

  net::Awaitable<Result<void>> first_bytes(Answer& answer) {
    net::Channel& channel = answer.channel();
    const std::size_t head_bytes = answer.connection_->head_size();
    while (!answer.body_->done() && channel.input().size() == head_bytes) {
      PM_CO_TRY(const bool more, co_await answer.more(net::kBlockSize * 8));
      if (!more) {
        PM_CO_CHECK(answer.body_->close());
        break;
      }
    }
    co_return Result<void>{};
  }

  http::ClientPool& pool_;
  const Provider& provider_;
  net::CancelToken& cancel_;
};

net::Awaitable<Result<AnswerPtr>> call(http::ClientPool& pool, const Provider& provider,
                                       std::span<const std::string_view> pieces, net::CancelToken& cancel) {
  Caller caller(pool, provider, cancel);
  co_return co_await caller.run(pieces);
}

}  // namespace pointsman::upstream
