// One request and its answer on a server connection.
//
// Made by the server for each request and given to the Handler; lives until the handler returns, on one loop. The head
// and the body are views into the connection's buffers and hold as long as the exchange. The handler must answer: with
// send(), or with start_head() / send_head() / write() / finish().
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/head.h"
#include "http/write.h"
#include "net/cancel.h"
#include "net/channel.h"

namespace pointsman::http {

struct ServerLimits {
  Limits head;
  std::size_t max_body = 20 * 1024 * 1024;
  std::size_t max_connections = 10'000;  // per loop
  base::Duration header_timeout = std::chrono::seconds(10);
  base::Duration body_timeout = std::chrono::seconds(30);   // between two reads of a body
  base::Duration write_timeout = std::chrono::seconds(60);  // for one blocked write
  base::Duration idle_timeout = std::chrono::seconds(75);   // between two requests
};

// Readable bytes behind every body, for parsers that load whole vectors.
inline constexpr std::size_t kBodyPadding = 64;

class Exchange {
 public:
  Exchange(net::ChannelPtr channel, const ServerLimits& limits, DateCache& dates);

  const RequestHead& head() const { return head_; }
  // The address that the connection came from, without its port; empty once it is gone.
  std::string peer() const;
  net::Loop& loop() { return channel_->loop(); }
  base::MonoTime received_at() const { return received_at_; }
  // How long the request's last bytes so far lay in the kernel before they were read, to a few milliseconds; to be
  // asked as soon as the handler is called.
  std::optional<base::Duration> waited() const;
  // Requested when the client leaves (once watch() was called) or the server gives up on it.
  net::CancelToken& cancel() { return cancel_; }
  bool client_gone() const { return channel_->peer_gone() || broken_; }

  // The whole body, followed by kBodyPadding readable bytes. Answers "Expect: 100-continue" first. Fails with
  // kTooLarge, kTimeout, kParse or kReset; the connection closes after the answer then.
  net::Awaitable<base::Result<std::string_view>> read_body();
  // Nobody wants the body. Where all of it is here already the connection can go on after the answer; else it ends.
  void skip_body();
  // From here on a client that leaves requests cancel(). Call it when the body has been read.
  void watch() { channel_->watch(cancel_); }

  // The client has left, and something goes on without it: from here on only the server requests cancel().
  void forget_client() {
    channel_->unwatch();
    cancel_.rearm();
  }

  // Begins an answer: status line, date, and `connection: close` where due. Append more fields to the result.
  std::string& start_head(int status);
  // Sends the head built so far, ended, and the first bytes of the body with it.
  net::Awaitable<base::Result<void>> send_head(std::span<const std::string_view> body = {});
  net::Awaitable<base::Result<void>> write(std::span<const std::string_view> pieces);
  // The answer is complete as its framing says; without it the connection is cut so that nobody takes a part for all.
  void finish() { finished_ = true; }
  // A whole answer in one go. `fields` is a block of header lines, each ending in CRLF; may be empty.
  net::Awaitable<base::Result<void>> send(int status, std::string_view content_type, std::string_view body,
                                          std::string_view fields = {});

  bool head_sent() const { return head_sent_; }
  std::uint64_t bytes_sent() const { return bytes_sent_; }
  // Ends the connection after this answer.
  void close_after() { keep_alive_ = false; }
  // The answer's body has no framing but the end of the connection. Before start_head().
  void end_by_closing() {
    keep_alive_ = false;
    close_delimited_ = true;
  }
  // Resets the connection when the handler returns, whatever has been sent.
  void reset_after() { broken_ = true; }

 private:
  friend class Session;
  net::Awaitable<base::Result<std::string_view>> read_sized_body(std::size_t length);
  net::Awaitable<base::Result<std::string_view>> read_chunked_body();
  net::Awaitable<base::Result<void>> send_continue();
  char* body_space(std::size_t bytes);
  // All of the input behind the head is body and has been copied: its room is needed to watch the client.
  void forget_buffered_body();
  void begin(std::size_t head_size, bool draining);

  net::ChannelPtr channel_;
  const ServerLimits& limits_;
  DateCache& dates_;
  RequestHead head_;
  net::CancelToken cancel_;
  base::MonoTime received_at_{};
  std::size_t head_size_ = 0;
  std::size_t buffered_body_ = 0;  // bytes of the body that lie in the channel's input behind the head
  std::unique_ptr<char[]> body_;
  std::size_t body_capacity_ = 0;
  std::string head_text_;
  std::uint64_t bytes_sent_ = 0;
  bool body_read_ = false;
  bool keep_alive_ = true;
  bool close_delimited_ = false;
  bool head_sent_ = false;
  bool finished_ = false;
  bool broken_ = false;
};

}  // namespace pointsman::http
