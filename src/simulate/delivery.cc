#include "simulate/delivery.h"

#include <array>

#include "http/write.h"
#include "simulate/pause.h"

namespace pointsman::simulate {
namespace {

constexpr std::uint64_t kMissingBytes = 16;  // what wrong-length promises and does not send

}  // namespace

net::Awaitable<bool> Delivery::send(int status, std::string fields, std::string_view body) {
  if (fault_.kind == FaultKind::kHalfChunk) {
    if (!co_await start_chunks(std::move(fields))) co_return false;
    co_return co_await half_chunk(body);
  }
  if (fault_.kind == FaultKind::kWrongLength) exchange_.close_after();
  head_ = exchange_.start_head(status);
  head_ += fields;
  http::append_content_length(head_, body.size() + (fault_.kind == FaultKind::kWrongLength ? kMissingBytes : 0));
  http::append_head_end(head_);
  if (fault_.kind == FaultKind::kSlowHead) {
    if (!co_await put_head()) co_return false;
    head_.clear();
  }
  const std::array<std::string_view, 2> pieces = {head_, body};
  if (!co_await put(pieces)) co_return false;
  exchange_.finish();
  co_return true;
}

net::Awaitable<bool> Delivery::start_chunks(std::string fields, int status) {
  head_ = exchange_.start_head(status);
  head_ += fields;
  http::append_line(head_, "transfer-encoding: chunked");
  http::append_head_end(head_);
  co_return co_await put_head();
}

net::Awaitable<bool> Delivery::put_head() {
  std::string_view rest = head_;
  if (fault_.kind == FaultKind::kSlowHead) {
    const std::array<std::string_view, 1> status_line = {rest.substr(0, rest.find('\n') + 1)};
    if (!co_await put(status_line)) co_return false;
    if (!co_await pause(exchange_.loop(), exchange_.cancel(), std::chrono::milliseconds(fault_.at))) co_return false;
    rest.remove_prefix(status_line[0].size());
  }
  const std::array<std::string_view, 1> pieces = {rest};
  co_return co_await put(pieces);
}

net::Awaitable<bool> Delivery::chunk(std::string_view content) {
  if (fault_.kind == FaultKind::kHalfChunk && chunks_ == fault_.at) co_return co_await half_chunk(content);
  ++chunks_;
  const http::ChunkHeader header(content.size());
  const std::array<std::string_view, 3> pieces = {header.text(), content, http::kChunkEnd};
  co_return co_await put(pieces);
}

net::Awaitable<bool> Delivery::half_chunk(std::string_view content) {
  const http::ChunkHeader header(content.size());
  const std::array<std::string_view, 2> pieces = {header.text(), content.substr(0, content.size() / 2)};
  if (co_await put(pieces)) close_in_order();
  co_return false;
}

net::Awaitable<bool> Delivery::end_chunks() {
  const std::array<std::string_view, 1> pieces = {http::kLastChunk};
  if (!co_await put(pieces)) co_return false;
  exchange_.finish();
  co_return true;
}

net::Awaitable<bool> Delivery::send_raw(std::string_view bytes) {
  const std::array<std::string_view, 1> pieces = {bytes};
  co_return co_await put(pieces);
}

net::Awaitable<bool> Delivery::put(std::span<const std::string_view> pieces) {
  if (exchange_.cancel().requested()) co_return false;
  std::uint64_t total = 0;
  for (const std::string_view piece : pieces) total += piece.size();
  if (cuts() && sent_ + total >= fault_.at) co_return co_await strike(pieces, fault_.at - sent_);
  const auto written = co_await exchange_.write(pieces);
  if (written) sent_ += total;
  co_return written.has_value();
}

net::Awaitable<bool> Delivery::strike(std::span<const std::string_view> pieces, std::uint64_t room) {
  for (const std::string_view piece : pieces) {
    const std::array<std::string_view, 1> part = {piece.substr(0, room)};
    if (part[0].empty()) break;
    if (!co_await exchange_.write(part)) co_return false;
    room -= part[0].size();
    sent_ += part[0].size();
  }
  if (fault_.kind == FaultKind::kStall) co_await wait_for_cancel(exchange_.cancel());
  if (fault_.kind == FaultKind::kClose) close_in_order();
  co_return false;  // not finished: the server resets the connection
}

}  // namespace pointsman::simulate
