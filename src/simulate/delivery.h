// How the bytes of a simulated answer leave, and where a fault cuts them: every byte of the response, head included,
// goes through put(), which counts them.
//
// One per answer, on the exchange's loop. Each call returns false when the answer is over: the client left, the server
// stops, or the fault has struck; then nothing more may be sent and the handler returns.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "http/exchange.h"
#include "simulate/fault.h"

namespace pointsman::simulate {

class Delivery {
 public:
  Delivery(http::Exchange& exchange, Fault fault) : exchange_(exchange), fault_(fault) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  // A whole answer with a Content-Length.
  net::Awaitable<bool> send(int status, std::string fields, std::string_view body);
  // The head of a chunked answer, its chunks (one write each), its end.
  net::Awaitable<bool> start_chunks(std::string fields, int status = 200);
  net::Awaitable<bool> chunk(std::string_view content);
  net::Awaitable<bool> end_chunks();
  // Bytes past all framing.
  net::Awaitable<bool> send_raw(std::string_view bytes);
  // FIN when the handler returns, though the framing may promise more; RST.
  void close_in_order() {
    exchange_.close_after();
    exchange_.finish();
  }
  void reset() { exchange_.reset_after(); }

  std::uint64_t bytes() const { return sent_; }

 private:
  net::Awaitable<bool> put(std::span<const std::string_view> pieces);
  net::Awaitable<bool> put_head();
  net::Awaitable<bool> strike(std::span<const std::string_view> pieces, std::uint64_t room);
  net::Awaitable<bool> half_chunk(std::string_view content);
  bool cuts() const {
    return fault_.kind == FaultKind::kReset || fault_.kind == FaultKind::kClose || fault_.kind == FaultKind::kStall;
  }

  http::Exchange& exchange_;
  Fault fault_;
  std::string head_;
  std::uint64_t sent_ = 0;
  std::uint64_t chunks_ = 0;
};

}  // namespace pointsman::simulate
