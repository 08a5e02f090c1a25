#include "http/session.h"

#include <array>

#include "base/log.h"
#include "http/status.h"

namespace pointsman::http {
namespace {

using base::ErrorCode;
using base::Result;

// A connection that stays idle longer gives its buffers back.
constexpr std::chrono::seconds kParkAfter{2};
// Who has connected is about to ask: so long after that the server ends no connection for being idle.
constexpr std::chrono::milliseconds kFirstRequest{500};
// How long and how much we read from a client whose request was refused, so that it can read the refusal.
constexpr std::chrono::seconds kLingerTime{2};
constexpr std::size_t kLingerBytes = 1024 * 1024;

// The path that a request line names, however little else of the head can be read; empty if it names none.
std::string_view path_of_line(std::string_view input) {
  const std::string_view line = input.substr(0, input.find_first_of("\r\n"));
  const std::size_t begin = std::min(line.find(' '), line.size() - 1) + 1;
  const std::string_view target = line.substr(begin, line.find(' ', begin) - begin);
  return target.starts_with('/') ? target.substr(0, target.find('?')) : std::string_view();
}

bool encoded(const RequestHead& head) {
  const auto encoding = head.find("content-encoding");
  return encoding && !equal_ignoring_case(*encoding, "identity");
}

}  // namespace

net::Awaitable<> Session::run() {
  if (server_.tls_) {
    channel_->set_deadline(net::Loop::now() + server_.limits_.header_timeout);
    auto secured = co_await channel_->accept_tls(server_.tls_.get());
    if (!secured) {
      channel_->close();
      co_return;
    }
  }
  for (;;) {
    auto head = co_await next_head();
    if (!head) {
      co_await refuse(head.error());
      break;
    }
    if (!*head) break;
    if (!co_await serve_one(**head)) break;
    end_exchange();
  }
  channel_->unwatch();  // a completion that is already on its way must not reach a token that is gone
  exchange_.reset();
  channel_->close();
}

void Session::close_if_idle() {
  if (!idle_) return;
  if (asked_) return channel_->cancel();
  channel_->set_deadline(accepted_at_ + kFirstRequest);
}

void Session::cut() {
  if (exchange_) exchange_->cancel().request();
  channel_->cancel();
}

net::Awaitable<Result<bool>> Session::wait_idle() {
  idle_ = true;
  const base::MonoTime since = net::Loop::now();
  const auto park_at = since + std::min<base::Duration>(kParkAfter, server_.limits_.idle_timeout);
  channel_->set_deadline(server_.draining_ ? accepted_at_ + kFirstRequest : park_at);
  auto more = co_await channel_->fill(server_.limits_.head.head_bytes + net::kBlockSize);
  if (!more && more.error().code() == ErrorCode::kTimeout && !server_.draining_) {
    exchange_.reset();
    channel_->set_deadline(since + server_.limits_.idle_timeout);
    PM_CO_CHECK(co_await channel_->wait_for_input());
    more = co_await channel_->fill(server_.limits_.head.head_bytes + net::kBlockSize);
  }
  idle_ = false;
  co_return more;
}

net::Awaitable<Result<std::optional<std::size_t>>> Session::next_head() {
  std::size_t scanned = 0;
  bool timing = false;
  for (;;) {
    const std::string_view input = channel_->input();
    if (input.empty()) {
      if (server_.draining_ && asked_) co_return std::nullopt;
      auto more = co_await wait_idle();
      if (!more || !*more) co_return std::nullopt;  // a client may leave between requests as it likes
      continue;
    }
    PM_CO_TRY(const auto size, head_end(input, scanned, server_.limits_.head));
    if (size) {
      channel_->set_deadline(base::MonoTime::max());
      co_return size;
    }
    scanned = input.size();
    if (!timing) channel_->set_deadline(net::Loop::now() + server_.limits_.header_timeout);
    timing = true;
    auto more = co_await channel_->fill(server_.limits_.head.head_bytes + net::kBlockSize);
    if (!more && more.error().code() != ErrorCode::kTimeout) co_return std::nullopt;
    if (!more) co_return base::fail(std::move(more).error());
    if (!*more) co_return std::nullopt;
  }
}

net::Awaitable<bool> Session::serve_one(std::size_t head_size) {
  asked_ = true;
  if (!exchange_) exchange_ = std::make_unique<Exchange>(channel_, server_.limits_, server_.dates_);
  Exchange& exchange = *exchange_;
  auto parsed = parse_request_head(channel_->input().substr(0, head_size), server_.limits_.head, exchange.head_);
  if (!parsed) {
    co_await refuse(parsed.error());
    co_return false;
  }
  exchange.begin(head_size, server_.draining_ || server_.retiring_);
  if (encoded(exchange.head_)) {
    co_await refuse(base::Error(ErrorCode::kUnsupported, "compressed request bodies are not accepted; send it plain",
                                base::Origin::kClient)
                        .at("content-encoding"));
    co_return false;
  }
  ++server_.active_;
  try {
    co_await server_.handler_.serve(exchange);
  } catch (
      const std::exception& broken) {  // the request boundary: one request's failure is not the connection's loop's
    base::log_error("request: unexpected exception: {}", broken.what());
    exchange.finished_ = false;
  }
  --server_.active_;
  if (exchange.broken_ || !exchange.finished_) {
    // A body with framing is plainly cut when the connection ends; one without looks whole unless it is reset.
    if (exchange.broken_ || exchange.close_delimited_ || !exchange.head_sent_) channel_->abort();
    co_return false;
  }
  if (!exchange.keep_alive_ || server_.draining_) {
    if (!exchange.body_read_) co_await linger();
    co_return false;
  }
  co_return true;
}

void Session::end_exchange() {
  Exchange& exchange = *exchange_;
  channel_->unwatch();
  channel_->consume(exchange.head_size_ + exchange.buffered_body_);
  exchange.cancel_ = {};
  exchange.buffered_body_ = 0;
  exchange.bytes_sent_ = 0;
  exchange.head_sent_ = exchange.finished_ = false;
  if (exchange.body_capacity_ > 4 * net::kBlockSize) {
    exchange.body_.reset();
    exchange.body_capacity_ = 0;
  }
}

net::Awaitable<> Session::refuse(const base::Error& error) {
  const bool encoding = error.place() == "content-encoding";
  const int status = error.code() == ErrorCode::kTimeout ? 408 : encoding ? 415 : http_status_of(error);
  const std::string body = server_.handler_.refusal(error, status, path_of_line(channel_->input()));
  std::string head;
  append_status_line(head, status);
  head += "date: ";
  head += server_.dates_.at(std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()));
  head += "\r\ncontent-type: application/json\r\nconnection: close\r\n";
  append_content_length(head, body.size());
  append_head_end(head);
  channel_->set_deadline(net::Loop::now() + server_.limits_.write_timeout);
  const std::array<std::string_view, 2> pieces = {head, body};
  auto sent = co_await channel_->write(pieces);
  if (sent) co_await linger();
}

net::Awaitable<> Session::linger() {
  channel_->shutdown_send();
  channel_->set_deadline(net::Loop::now() + kLingerTime);
  std::array<char, 4096> scratch;
  std::size_t total = 0;
  while (total < kLingerBytes) {
    auto got = co_await channel_->read_direct(scratch);
    if (!got || *got == 0) co_return;
    total += *got;
  }
}

}  // namespace pointsman::http
