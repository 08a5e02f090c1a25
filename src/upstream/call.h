// One call of one provider: a request out, the head of its answer back, and the first bytes of its body.
//
// On one loop. A pooled connection that turns out to have gone stale is replaced once, and only if not a byte of an
// answer had come. Where the kernel took nothing of the request that is as if it had never been tried; else nobody can
// say whether the provider had read, and billed, what was sent on it: Answer::resent().
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "http/body.h"
#include "http/client.h"
#include "upstream/provider.h"

namespace pointsman::upstream {

// An answer whose body is still to be read. Gives its connection back when the body was read to the end, closes it
// otherwise.
class Answer {
 public:
  Answer(http::ClientPool& pool, http::TargetPtr target, http::ClientConnectionPtr connection)
      : pool_(pool), target_(std::move(target)), connection_(std::move(connection)) {}
  ~Answer();
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;

  // Views into the connection's input: gone after drop_head().
  const http::ResponseHead& head() const { return head_; }
  void drop_head() { connection_->consume_head(); }
  // Bytes that have arrived behind the head; only before drop_head().
  std::size_t buffered_body() const { return connection_->channel().input().size() - connection_->head_size(); }
  http::BodyReader& body() { return *body_; }
  // Bytes of the body that have arrived and were not taken; the head is in front of them until drop_head().
  net::Channel& channel() { return connection_->channel(); }
  // Those bytes of the body.
  std::string_view body_input() const { return connection_->channel().input().substr(connection_->head_size()); }
  // Waits for more of the body, with the head still there; false: the connection was closed in order. Only before
  // drop_head(); kTooLarge when `max_input` bytes, head included, are held.
  net::Awaitable<base::Result<bool>> more(std::size_t max_input);
  base::Duration first_byte() const { return first_byte_; }
  // The request had gone out once before, on a connection that was closed without an answer.
  bool resent() const { return resent_; }

 private:
  friend class Caller;
  http::ClientPool& pool_;
  http::TargetPtr target_;
  http::ClientConnectionPtr connection_;
  http::ResponseHead head_;
  std::optional<http::BodyReader> body_;
  base::Duration first_byte_{};
  bool resent_ = false;
};
using AnswerPtr = std::unique_ptr<Answer>;

// Sends `pieces` (head and body) and waits for the answer's head and, unless the body is empty, its first bytes. Fails
// with kConnect (also where a connection broke before the kernel took anything of the request: nobody has read it),
// kTimeout, kReset, kParse or kOverloaded (origin upstream) or kCancelled.
net::Awaitable<base::Result<AnswerPtr>> call(http::ClientPool& pool, const Provider& provider,
                                             std::span<const std::string_view> pieces, net::CancelToken& cancel);

}  // namespace pointsman::upstream
