// One TCP connection, plain or TLS, as bytes in and bytes out with one deadline.
//
// Lives on one loop, held by shared_ptr because the kernel may still owe it a completion. At most one read is
// outstanding; it may stay outstanding while the owner does something else (watch()), which is how a peer that leaves
// is noticed at once, whatever we are waiting for. Writes go out synchronously as far as the socket takes them. Memory:
// one receive block, returned to the thread's pool by release_input() when idle; writing buffers nothing (I10).
#pragma once

#include <openssl/types.h>

#include <algorithm>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/buffer_pool.h"
#include "net/cancel.h"
#include "net/event.h"
#include "net/loop.h"

namespace pointsman::net {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class Channel final : public DeadlineNode, public std::enable_shared_from_this<Channel> {
 public:
  Channel(Loop& loop, Socket socket, base::Origin peer);
  ~Channel();

  Loop& loop() { return loop_; }
  Socket& socket() { return socket_; }
  bool is_tls() const { return ssl_ != nullptr; }

  // TLS 1.2+ as client (SNI and host verification for `host`) or server. On failure the channel must be closed.
  Awaitable<base::Result<void>> connect_tls(SSL_CTX* context, std::string host);
  Awaitable<base::Result<void>> accept_tls(SSL_CTX* context);

  // Bytes received and not yet consumed. Stable until fill() or release_input(); a watched read only appends.
  std::string_view input() const { return {block_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes);
  // Forgets all of the input but its first `bytes`, which stay where they are. Only while nothing is watched.
  void truncate_input(std::size_t bytes) { end_ = std::min(end_, begin_ + bytes); }
  // Waits for more input. False: the peer closed in order. kTooLarge when `max_input` bytes are held unread.
  Awaitable<base::Result<bool>> fill(std::size_t max_input = kBlockSize);
  // Reads from the connection straight into `target`, past the buffered input, which stays where it is. 0: the peer
  // closed in order. Only while nothing is watched.
  Awaitable<base::Result<std::size_t>> read_direct(std::span<char> target);
  // Puts bytes that read_direct() took too many of behind the buffered input; false if they do not fit.
  bool append_input(std::string_view bytes);
  // Bytes that may be read (not used) behind input(): parsers that load whole vectors need some.
  std::size_t readable_behind_input() const { return capacity_ - end_; }
  // Gives the receive block back if it is empty and no read is outstanding.
  void release_input();
  // Waits, holding no memory, until there is something to read; input() must be empty.
  Awaitable<base::Result<void>> wait_for_input();

  // From now on, the peer's leaving (or an error) calls token.request(). Bytes that arrive meanwhile are kept, up to a
  // block; beyond that the peer is no longer watched. At most one token at a time, until unwatch(), close() or abort().
  void watch(CancelToken& token);
  void unwatch() { watcher_ = nullptr; }
  bool peer_gone() const { return eof_ || static_cast<bool>(read_error_); }

  // Sends all pieces in order, or fails.
  Awaitable<base::Result<void>> write(std::span<const std::string_view> pieces);
  Awaitable<base::Result<void>> write(std::string_view bytes);

  // Applies to whatever is waited for; MonoTime::max() for none. A deadline that has passed fails every later wait
  // until a new one is set.
  void set_deadline(base::MonoTime deadline);
  // Fails the current wait with kCancelled.
  void cancel();
  // Half-closes: the peer sees the end of what we sent.
  void shutdown_send();
  void close();
  // Closes so that the peer cannot take what it has for the whole (RST).
  void abort();
  bool is_open() const { return socket_.is_open(); }
  // Bytes of ours that the kernel took, as they go out: encrypted ones where it is TLS. Where a write that failed left
  // this as it was, the peer can have read nothing of it.
  std::uint64_t bytes_out() const;
  // Neither bytes nor the end nor an error wait in the kernel to be read: asked anew, without waiting and without
  // taking anything. What the loop has not come to yet is noticed, too.
  bool is_quiet() const;
  // Nothing stands against another exchange on it: open, not cancelled, the peer still there, no bytes left over.
  bool is_clean() const { return is_open() && !cancelled_ && !peer_gone() && begin_ == end_; }

 private:
  void on_deadline() override;
  // Sends close_notify if the socket takes it.
  void say_goodbye();
  base::Error failure(ErrorCondition error, std::string_view doing) const;
  base::Error tls_failure(int code, std::string_view doing) const;
  bool make_room(std::size_t max_input);
  void start_background_read();
  void read_background_tls();
  void wait_background_tls(bool to_write);
  void finish_background(ErrorCondition error, std::size_t bytes);
  Awaitable<base::Result<std::size_t>> receive(std::span<char> target);
  Awaitable<base::Result<std::size_t>> receive_tls(std::span<char> target);
  Awaitable<base::Result<void>> handshake();
  Awaitable<base::Result<void>> write_blocked(std::span<const std::string_view> pieces, std::size_t skip);
  Awaitable<base::Result<void>> write_tls(std::span<const std::string_view> pieces);
  Awaitable<base::Result<void>> wait_ready(bool to_write);
  int pending_error() const;

  Loop& loop_;
  Socket socket_;
  SSL* ssl_ = nullptr;
  base::Origin peer_;

  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  std::uint64_t plain_out_ = 0;
  bool reading_ = false;  // a background read is outstanding
  bool eof_ = false;
  ErrorCondition read_error_;
  Event read_done_;
  CancelToken* watcher_ = nullptr;
  bool timed_out_ = false;
  bool cancelled_ = false;
};

using ChannelPtr = std::shared_ptr<Channel>;

}  // namespace pointsman::net
