#include "net/channel.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

namespace pointsman::net {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Retry;

Channel::Channel(Loop& loop, Socket socket, base::Origin peer) : loop_(loop), socket_(std::move(socket)), peer_(peer) {
  ErrorCondition ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.native_non_blocking(true, ignored);
}

Channel::~Channel() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (capacity_ == kBlockSize) BufferPool::give(std::move(block_));
}

// ---- state shared by reads and writes

void Channel::set_deadline(base::MonoTime deadline) {
  timed_out_ = false;
  loop_.set_deadline(*this, deadline);
}

void Channel::on_deadline() {
  timed_out_ = true;
  ErrorCondition ignored;
  socket_.cancel(ignored);
}

void Channel::cancel() {
  cancelled_ = true;
  ErrorCondition ignored;
  socket_.cancel(ignored);
}

void Channel::say_goodbye() {
  if (ssl_ == nullptr || !socket_.is_open() || SSL_is_init_finished(ssl_) != 1) return;
  if ((SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0) return;
  ERR_clear_error();
  SSL_shutdown(ssl_);
}

void Channel::shutdown_send() {
  say_goodbye();
  ErrorCondition ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Channel::close() {
  watcher_ = nullptr;  // a read that has ended and is yet to be heard of tells nobody
  loop_.set_deadline(*this, base::MonoTime::max());
  say_goodbye();
  ErrorCondition ignored;
  socket_.close(ignored);
}

void Channel::abort() {
  watcher_ = nullptr;
  loop_.set_deadline(*this, base::MonoTime::max());
  ErrorCondition ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

int Channel::pending_error() const {
  if (timed_out_) return ETIMEDOUT;
  if (cancelled_ || !socket_.is_open()) return ECANCELED;
  return 0;
}

std::uint64_t Channel::bytes_out() const {
  return ssl_ != nullptr ? BIO_number_written(SSL_get_wbio(ssl_)) : plain_out_;
}

bool Channel::is_quiet() const {
  if (ssl_ != nullptr && SSL_has_pending(ssl_) == 1) return false;
  char byte = 0;
  // The socket is not const only because asio says so.
  const int fd = const_cast<Socket&>(socket_).native_handle();
  const ssize_t got = ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

Error Channel::failure(ErrorCondition error, std::string_view doing) const {
  if (timed_out_) {
    return Error(ErrorCode::kTimeout, std::string(doing) + " took too long", peer_, Retry::kOtherTarget);
  }
  if (cancelled_ || error == asio::error::operation_aborted || !socket_.is_open()) {
    return Error(ErrorCode::kCancelled, std::string(doing) + " was cancelled", base::Origin::kGateway);
  }
  return Error(ErrorCode::kReset, std::string(doing) + ": " + error.message(), peer_, Retry::kSameTarget);
}

Error Channel::tls_failure(int code, std::string_view doing) const {
  std::array<char, 160> text{};
  const unsigned long reason = ERR_get_error();
  if (reason != 0) {
    ERR_error_string_n(reason, text.data(), text.size());
  } else {
    std::strncpy(text.data(), code == SSL_ERROR_SYSCALL ? "connection broken" : "TLS failure", text.size() - 1);
  }
  return Error(ErrorCode::kReset, std::string(doing) + ": " + text.data(), peer_, Retry::kSameTarget);
}

Awaitable<Result<void>> Channel::wait_ready(bool to_write) {
  if (pending_error() == 0) {
    const auto [error] =
        co_await socket_.async_wait(to_write ? Socket::wait_write : Socket::wait_read, asio::as_tuple(kUseAwaitable));
    if (!error && pending_error() == 0) co_return Result<void>{};
    co_return base::fail(failure(error, to_write ? "sending" : "receiving"));
  }
  co_return base::fail(failure({}, to_write ? "sending" : "receiving"));
}

// ---- input

void Channel::consume(std::size_t bytes) {
  begin_ += std::min(bytes, end_ - begin_);
  if (begin_ == end_ && !reading_) begin_ = end_ = 0;
}

void Channel::release_input() {
  if (reading_ || begin_ != end_ || !block_) return;
  if (capacity_ == kBlockSize) BufferPool::give(std::move(block_));
  block_.reset();
  capacity_ = begin_ = end_ = 0;
}

bool Channel::make_room(std::size_t max_input) {
  if (!block_) {
    block_ = BufferPool::take();
    capacity_ = kBlockSize;
    begin_ = end_ = 0;
  }
  if (end_ < capacity_) return true;
  if (begin_ > 0) {
    std::memmove(block_.get(), block_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    return true;
  }
  if (capacity_ >= max_input) return false;
  const std::size_t larger = std::min(max_input, capacity_ * 2);
  std::unique_ptr<char[]> block(new char[larger]);
  std::memcpy(block.get(), block_.get(), end_);
  if (capacity_ == kBlockSize) BufferPool::give(std::move(block_));
  block_ = std::move(block);
  capacity_ = larger;
  return true;
}

Awaitable<Result<bool>> Channel::fill(std::size_t max_input) {
  const std::size_t before = end_ - begin_;
  while (reading_) {
    co_await read_done_.wait();
    if (end_ - begin_ > before) co_return true;
  }
  if (read_error_) co_return base::fail(failure(read_error_, "receiving"));
  if (eof_) co_return false;
  if (!make_room(max_input)) {
    co_return base::fail(ErrorCode::kTooLarge, "more than " + std::to_string(max_input) + " bytes unread", peer_);
  }
  auto got = co_await receive({block_.get() + end_, capacity_ - end_});
  if (!got) co_return base::fail(std::move(got).error());
  end_ += *got;
  co_return *got > 0;
}

Awaitable<Result<std::size_t>> Channel::read_direct(std::span<char> target) {
  while (reading_) co_await read_done_.wait();
  if (read_error_) co_return base::fail(failure(read_error_, "receiving"));
  if (eof_) co_return std::size_t{0};
  co_return co_await receive(target);
}

bool Channel::append_input(std::string_view bytes) {
  if (!block_ && !make_room(kBlockSize)) return false;
  if (bytes.size() > capacity_ - end_) return false;
  std::memcpy(block_.get() + end_, bytes.data(), bytes.size());
  end_ += bytes.size();
  return true;
}

Awaitable<Result<void>> Channel::wait_for_input() {
  while (reading_) co_await read_done_.wait();
  if (begin_ != end_ || peer_gone() || (ssl_ != nullptr && SSL_has_pending(ssl_) == 1)) co_return Result<void>{};
  release_input();
  co_return co_await wait_ready(false);
}

Awaitable<Result<std::size_t>> Channel::receive(std::span<char> target) {
  if (ssl_ != nullptr) co_return co_await receive_tls(target);
  if (pending_error() != 0) co_return base::fail(failure({}, "receiving"));
  const auto [error, bytes] =
      co_await socket_.async_read_some(asio::buffer(target.data(), target.size()), asio::as_tuple(kUseAwaitable));
  if (error == asio::error::eof) {
    eof_ = true;
    co_return std::size_t{0};
  }
  if (error) {
    if (error != asio::error::operation_aborted) read_error_ = error;
    co_return base::fail(failure(error, "receiving"));
  }
  co_return bytes;
}

Awaitable<Result<std::size_t>> Channel::receive_tls(std::span<char> target) {
  for (;;) {
    if (pending_error() != 0) co_return base::fail(failure({}, "receiving"));
    ERR_clear_error();
    std::size_t bytes = 0;
    if (SSL_read_ex(ssl_, target.data(), target.size(), &bytes) == 1) co_return bytes;
    const int code = SSL_get_error(ssl_, 0);
    if (code == SSL_ERROR_ZERO_RETURN) {
      eof_ = true;
      co_return std::size_t{0};
    }
    if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE) {
      read_error_ = asio::error::connection_reset;
      co_return base::fail(tls_failure(code, "receiving"));
    }
    auto ready = co_await wait_ready(code == SSL_ERROR_WANT_WRITE);
    if (!ready) co_return base::fail(std::move(ready).error());
  }
}

void Channel::watch(CancelToken& token) {
  watcher_ = &token;
  if (peer_gone()) {
    token.request();
  } else if (!reading_) {
    start_background_read();
  }
}

void Channel::start_background_read() {
  if (!block_) make_room(kBlockSize);
  if (end_ == capacity_ || !socket_.is_open()) return;
  reading_ = true;
  if (ssl_ != nullptr) {
    read_background_tls();
    return;
  }
  socket_.async_read_some(
      asio::buffer(block_.get() + end_, capacity_ - end_),
      [self = shared_from_this()](ErrorCondition error, std::size_t bytes) { self->finish_background(error, bytes); });
}

void Channel::read_background_tls() {
  bool received = false;
  for (;;) {
    if (!socket_.is_open()) {  // closed after the wait had ended: the descriptor may be another connection's by now
      finish_background(asio::error::operation_aborted, 0);
      return;
    }
    ERR_clear_error();
    std::size_t bytes = 0;
    const int read = SSL_read_ex(ssl_, block_.get() + end_, capacity_ - end_, &bytes);
    const int code = read == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_, read);
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) {
      wait_background_tls(code == SSL_ERROR_WANT_WRITE);
      break;
    }
    if (code != SSL_ERROR_NONE) {
      finish_background(code == SSL_ERROR_ZERO_RETURN ? ErrorCondition(asio::error::eof)
                                                      : ErrorCondition(asio::error::connection_reset),
                        0);
      return;
    }
    end_ += bytes;
    received = true;
    if (watcher_ == nullptr || end_ == capacity_) {
      finish_background({}, 0);
      return;
    }
  }
  if (received && read_done_.has_waiter()) read_done_.signal();
}

void Channel::wait_background_tls(bool to_write) {
  socket_.async_wait(to_write ? Socket::wait_write : Socket::wait_read,
                     [self = shared_from_this()](ErrorCondition error) {
                       if (error) {
                         self->finish_background(error, 0);
                       } else {
                         self->read_background_tls();
                       }
                     });
}

void Channel::finish_background(ErrorCondition error, std::size_t bytes) {
  reading_ = false;
  if (begin_ == end_ && begin_ > 0) {
    // Nobody looks at the block: begin at its front again, or requests would creep to its end, where there is no room
    // to watch.
    std::memmove(block_.get(), block_.get() + end_, bytes);
    begin_ = end_ = 0;
  }
  end_ += bytes;
  if (error == asio::error::eof) {
    eof_ = true;
  } else if (error && error != asio::error::operation_aborted) {
    read_error_ = error;
  }
  CancelToken* watcher = watcher_;
  if (watcher != nullptr && peer_gone()) {
    watcher_ = nullptr;
    watcher->request();
  } else if (watcher != nullptr && !error) {
    start_background_read();
  }
  if (read_done_.has_waiter()) read_done_.signal();
}

// ---- output

Awaitable<Result<void>> Channel::write(std::string_view bytes) {
  const std::array<std::string_view, 1> pieces = {bytes};
  co_return co_await write(std::span<const std::string_view>(pieces));
}

namespace {

constexpr std::size_t kMaxPieces = 16;

// Fills `vectors` from `pieces` after skipping `skip` bytes; returns how many entries are used.
std::size_t gather(std::span<const std::string_view> pieces, std::size_t skip, std::array<iovec, kMaxPieces>& vectors) {
  std::size_t used = 0;
  for (const std::string_view piece : pieces) {
    if (skip >= piece.size()) {
      skip -= piece.size();
      continue;
    }
    if (used == kMaxPieces) break;
    vectors[used++] = {const_cast<char*>(piece.data()) + skip, piece.size() - skip};
    skip = 0;
  }
  return used;
}

std::size_t total_size(std::span<const std::string_view> pieces) {
  std::size_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  return total;
}

// Sends what the socket takes now. Bytes sent, or -errno.
ssize_t send_now(int fd, std::span<const std::string_view> pieces, std::size_t skip) {
  std::array<iovec, kMaxPieces> vectors;
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = gather(pieces, skip, vectors);
  if (message.msg_iovlen == 0) return 0;
  const ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  return sent >= 0 ? sent : -errno;
}

}  // namespace

Awaitable<Result<void>> Channel::write(std::span<const std::string_view> pieces) {
  if (pending_error() != 0) co_return base::fail(failure({}, "sending"));
  if (ssl_ != nullptr) co_return co_await write_tls(pieces);
  const std::size_t total = total_size(pieces);
  const ssize_t sent = send_now(socket_.native_handle(), pieces, 0);
  if (sent > 0) plain_out_ += static_cast<std::uint64_t>(sent);
  if (sent >= 0 && static_cast<std::size_t>(sent) == total) co_return Result<void>{};
  if (sent < 0 && sent != -EAGAIN && sent != -EINTR) {
    co_return base::fail(failure(ErrorCondition(static_cast<int>(-sent), boost::system::system_category()), "sending"));
  }
  co_return co_await write_blocked(pieces, sent > 0 ? static_cast<std::size_t>(sent) : 0);
}

Awaitable<Result<void>> Channel::write_blocked(std::span<const std::string_view> pieces, std::size_t skip) {
  const std::size_t total = total_size(pieces);
  while (skip < total) {
    const ssize_t sent = send_now(socket_.native_handle(), pieces, skip);
    if (sent > 0) {
      plain_out_ += static_cast<std::uint64_t>(sent);
      skip += static_cast<std::size_t>(sent);
      continue;
    }
    if (sent == -EINTR) continue;
    if (sent != -EAGAIN) {
      const ErrorCondition error(static_cast<int>(-sent), boost::system::system_category());
      co_return base::fail(failure(error, "sending"));
    }
    auto ready = co_await wait_ready(true);
    if (!ready) co_return base::fail(std::move(ready).error());
  }
  co_return Result<void>{};
}

Awaitable<Result<void>> Channel::write_tls(std::span<const std::string_view> pieces) {
  // Small pieces are joined so that a head and its body share a record; a record holds at most 16 KiB.
  std::array<char, 16 * 1024> record;
  std::size_t piece = 0;
  std::size_t offset = 0;
  for (;;) {
    std::size_t filled = 0;
    while (piece < pieces.size() && filled < record.size()) {
      const std::string_view rest = pieces[piece].substr(offset);
      const std::size_t bytes = std::min(rest.size(), record.size() - filled);
      std::memcpy(record.data() + filled, rest.data(), bytes);
      filled += bytes;
      offset += bytes;
      if (offset == pieces[piece].size()) {
        ++piece;
        offset = 0;
      }
    }
    if (filled == 0) co_return Result<void>{};
    std::size_t done = 0;
    while (done < filled) {
      if (pending_error() != 0) co_return base::fail(failure({}, "sending"));
      ERR_clear_error();
      std::size_t bytes = 0;
      if (SSL_write_ex(ssl_, record.data() + done, filled - done, &bytes) == 1) {
        done += bytes;
        continue;
      }
      const int code = SSL_get_error(ssl_, 0);
      if (code != SSL_ERROR_WANT_READ && code != SSL_ERROR_WANT_WRITE)
        co_return base::fail(tls_failure(code, "sending"));
      auto ready = co_await wait_ready(code == SSL_ERROR_WANT_WRITE);
      if (!ready) co_return base::fail(std::move(ready).error());
    }
  }
}

// ---- TLS handshakes

Awaitable<Result<void>> Channel::connect_tls(SSL_CTX* context, std::string host) {
  ssl_ = SSL_new(context);
  if (ssl_ == nullptr) co_return base::fail(tls_failure(SSL_ERROR_SSL, "TLS"));
  SSL_set_fd(ssl_, socket_.native_handle());
  ErrorCondition not_an_address;
  asio::ip::make_address(host, not_an_address);
  // Were the host not set, any certificate of a known authority would do.
  const bool will_verify =
      not_an_address ? SSL_set_tlsext_host_name(ssl_, host.c_str()) == 1 && SSL_set1_host(ssl_, host.c_str()) == 1
                     : X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str()) == 1;
  if (!will_verify || host.empty()) {
    co_return base::fail(ErrorCode::kConnect, "no certificate can be verified for the host '" + host + "'",
                         base::Origin::kGateway, Retry::kOtherTarget);
  }
  SSL_set_connect_state(ssl_);
  co_return co_await handshake();
}

Awaitable<Result<void>> Channel::accept_tls(SSL_CTX* context) {
  ssl_ = SSL_new(context);
  if (ssl_ == nullptr) co_return base::fail(tls_failure(SSL_ERROR_SSL, "TLS"));
  SSL_set_fd(ssl_, socket_.native_handle());
  SSL_set_accept_state(ssl_);
  co_return co_await handshake();
}

Awaitable<Result<void>> Channel::handshake() {
  for (;;) {
    if (pending_error() != 0) co_return base::fail(failure({}, "TLS handshake"));
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) co_return Result<void>{};
    const int code = SSL_get_error(ssl_, result);
    if (code == SSL_ERROR_WANT_READ || code == SSL_ERROR_WANT_WRITE) {
      auto ready = co_await wait_ready(code == SSL_ERROR_WANT_WRITE);
      if (!ready) co_return base::fail(std::move(ready).error());
      continue;
    }
    const long verified = SSL_get_verify_result(ssl_);
    if (verified != X509_V_OK) {
      co_return base::fail(ErrorCode::kConnect,
                           std::string("TLS certificate refused: ") + X509_verify_cert_error_string(verified), peer_,
                           Retry::kOtherTarget);
    }
    Error broken = tls_failure(code, "TLS handshake");
    co_return base::fail(ErrorCode::kConnect, broken.message(), peer_, Retry::kOtherTarget);
  }
}

}  // namespace pointsman::net
