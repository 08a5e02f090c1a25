#include "http/exchange.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "http/body.h"
#include "http/status.h"
#include "net/socket_facts.h"

namespace pointsman::http {

using base::ErrorCode;
using base::Result;

Exchange::Exchange(net::ChannelPtr channel, const ServerLimits& limits, DateCache& dates)
    : channel_(std::move(channel)), limits_(limits), dates_(dates) {}

void Exchange::begin(std::size_t head_size, bool draining) {
  received_at_ = net::Loop::now();
  head_size_ = head_size;
  body_read_ = head_.framing.kind == Framing::Kind::kNone;
  keep_alive_ = head_.keep_alive && !draining;
}

std::optional<base::Duration> Exchange::waited() const {
  return net::since_last_bytes(channel_->socket().native_handle());
}

std::string Exchange::peer() const {
  net::ErrorCondition gone;
  const auto from = channel_->socket().remote_endpoint(gone);
  return gone ? std::string() : from.address().to_string();
}

// ---- the body

char* Exchange::body_space(std::size_t bytes) {
  if (body_capacity_ >= bytes + kBodyPadding) return body_.get();
  std::unique_ptr<char[]> larger(new char[bytes + kBodyPadding]);
  if (body_) std::memcpy(larger.get(), body_.get(), body_capacity_);
  body_ = std::move(larger);
  body_capacity_ = bytes + kBodyPadding;
  return body_.get();
}

net::Awaitable<Result<void>> Exchange::send_continue() {
  channel_->set_deadline(net::Loop::now() + limits_.write_timeout);
  co_return co_await channel_->write("HTTP/1.1 100 Continue\r\n\r\n");
}

net::Awaitable<Result<std::string_view>> Exchange::read_body() {
  if (head_.framing.kind == Framing::Kind::kNone) co_return std::string_view();
  const bool sized = head_.framing.kind == Framing::Kind::kLength;
  if (sized && head_.framing.length > limits_.max_body) {
    keep_alive_ = false;
    co_return base::fail(base::Error(ErrorCode::kTooLarge,
                                     "the body is larger than " + std::to_string(limits_.max_body) + " bytes",
                                     base::Origin::kClient)
                             .at("body"));
  }
  const bool nothing_yet = channel_->input().size() == head_size_;
  if (head_.expect_continue && nothing_yet) {
    PM_CO_CHECK(co_await send_continue());
  }
  auto body =
      sized ? co_await read_sized_body(static_cast<std::size_t>(head_.framing.length)) : co_await read_chunked_body();
  body_read_ = body.has_value();
  if (!body) keep_alive_ = false;
  channel_->set_deadline(base::MonoTime::max());
  co_return body;
}

void Exchange::skip_body() {
  if (head_.framing.kind != Framing::Kind::kLength) return;
  const std::size_t here = channel_->input().size() - head_size_;
  if (here < head_.framing.length) return;
  buffered_body_ = static_cast<std::size_t>(head_.framing.length);
  body_read_ = true;
}

void Exchange::forget_buffered_body() {
  channel_->truncate_input(head_size_);
  buffered_body_ = 0;
}

net::Awaitable<Result<std::string_view>> Exchange::read_sized_body(std::size_t length) {
  const std::string_view buffered = channel_->input().substr(head_size_);
  buffered_body_ = std::min(buffered.size(), length);
  const std::size_t behind = buffered.size() - buffered_body_ + channel_->readable_behind_input();
  if (buffered_body_ == length && behind >= kBodyPadding) co_return buffered.substr(0, length);
  // The space grows with what arrives, not with what was announced.
  std::size_t space = std::min<std::size_t>(length, std::max<std::size_t>(64 * 1024, buffered_body_));
  std::memcpy(body_space(space), buffered.data(), buffered_body_);
  std::size_t filled = buffered_body_;
  if (filled < length) forget_buffered_body();
  while (filled < length) {
    if (filled == space) space = std::min(length, space * 2);
    char* const target = body_space(space);
    channel_->set_deadline(net::Loop::now() + limits_.body_timeout);
    PM_CO_TRY(const std::size_t got, co_await channel_->read_direct({target + filled, space - filled}));
    if (got == 0) {
      broken_ = true;
      co_return base::fail(ErrorCode::kReset, "the client left in the middle of its request", base::Origin::kClient);
    }
    filled += got;
  }
  std::memset(body_.get() + length, 0, kBodyPadding);
  co_return std::string_view(body_.get(), length);
}

net::Awaitable<Result<std::string_view>> Exchange::read_chunked_body() {
  PM_CO_TRY(BodyReader reader, BodyReader::open(head_.framing, Peer::kClient, limits_.max_body));
  std::array<char, 16 * 1024> scratch;
  std::string_view bytes = channel_->input().substr(head_size_);
  bool from_input = true;
  std::size_t filled = 0;
  std::size_t space = 64 * 1024;
  for (;;) {
    while (!bytes.empty() && !reader.done()) {
      PM_CO_TRY(const BodyPiece piece, reader.next(bytes));
      if (from_input) buffered_body_ += piece.consumed;
      while (filled + piece.payload.size() > space) space *= 2;
      std::ranges::copy(piece.payload, body_space(space) + filled);
      filled += piece.payload.size();
      bytes.remove_prefix(piece.consumed);
    }
    if (reader.done()) break;
    if (from_input) forget_buffered_body();
    from_input = false;
    channel_->set_deadline(net::Loop::now() + limits_.body_timeout);
    PM_CO_TRY(const std::size_t got, co_await channel_->read_direct(scratch));
    if (got == 0) {
      broken_ = true;
      co_return base::fail(ErrorCode::kReset, "the client left in the middle of its request", base::Origin::kClient);
    }
    bytes = std::string_view(scratch.data(), got);
  }
  if (!from_input && !bytes.empty() && !channel_->append_input(bytes)) keep_alive_ = false;
  std::memset(body_space(space) + filled, 0, kBodyPadding);
  co_return std::string_view(body_.get(), filled);
}

// ---- the answer

std::string& Exchange::start_head(int status) {
  if (!body_read_) keep_alive_ = false;
  head_text_.clear();
  append_status_line(head_text_, status);
  head_text_ += "date: ";
  head_text_ += dates_.at(std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()));
  head_text_ += "\r\n";
  if (!keep_alive_) {
    append_line(head_text_, "connection: close");
  } else if (head_.minor_version == 0) {
    append_line(head_text_, "connection: keep-alive");
  }
  return head_text_;
}

net::Awaitable<Result<void>> Exchange::send_head(std::span<const std::string_view> body) {
  append_head_end(head_text_);
  head_sent_ = true;
  std::array<std::string_view, 8> few;
  std::vector<std::string_view> many(body.size() < few.size() ? 0 : body.size() + 1);
  const std::span<std::string_view> pieces =
      many.empty() ? std::span(few).first(body.size() + 1) : std::span<std::string_view>(many);
  pieces[0] = head_text_;
  std::ranges::copy(body, pieces.begin() + 1);
  co_return co_await write(pieces);
}

net::Awaitable<Result<void>> Exchange::write(std::span<const std::string_view> pieces) {
  channel_->set_deadline(net::Loop::now() + limits_.write_timeout);
  auto written = co_await channel_->write(pieces);
  channel_->set_deadline(base::MonoTime::max());
  if (!written) {
    broken_ = true;
    co_return written;
  }
  for (const std::string_view piece : pieces) bytes_sent_ += piece.size();
  co_return written;
}

net::Awaitable<Result<void>> Exchange::send(int status, std::string_view content_type, std::string_view body,
                                            std::string_view fields) {
  std::string& head = start_head(status);
  head += fields;
  if (!content_type.empty()) {
    head += "content-type: ";
    head += content_type;
    head += "\r\n";
  }
  append_content_length(head, body.size());
  const std::array<std::string_view, 1> pieces = {head_.method == Method::kHead ? std::string_view() : body};
  auto sent = co_await send_head(pieces);
  if (sent) finish();
  co_return sent;
}

}  // namespace pointsman::http
