// Passes an upstream's answer on to the client as it comes, and meters it on the way.
//
// One read, one write: a slow client slows its own upstream and nothing else (I10). Same-protocol bytes go through
// untouched (I3), chunk framing included, unless our own usage report has to be hidden, or the client speaks HTTP/1.0.
// What the ledger must hold before the client may take the answer for whole is settled before those bytes go out.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "gateway/request_state.h"
#include "http/exchange.h"
#include "ledger/entry.h"
#include "upstream/call.h"

namespace pointsman::gateway {

// Who writes the ledger entry: called exactly once for each relayed answer, before its last byte is sent.
class Settlement {
 public:
  virtual ~Settlement() = default;
  virtual void settle(ledger::Outcome outcome, std::string_view error) = 0;
  // Header lines about the decision; `settled` tells whether the cost is known already.
  virtual void append_fields(std::string& head, bool settled) = 0;
};

class Relay {
 public:
  Relay(http::Exchange& exchange, upstream::Answer& answer, RequestState& state, Settlement& settlement,
        base::Duration idle_timeout);

  // `stream`: the answer is a stream of server-sent events; `hide_usage`: it carries a report that the client did not
  // ask for.
  net::Awaitable<> pass(bool stream, bool hide_usage);
  const wire::openai_chat::Observed& observed() const;
  // Set if the answer broke before anything of it was sent: then nothing is settled, and an error can still be
  // answered.
  const std::optional<base::Error>& failure() const { return failure_; }
  // Time spent waiting for the upstream's bytes.
  base::Duration waited() const { return waited_; }

 private:
  enum class Form : std::uint8_t {
    kRaw,      // the upstream's bytes as they came
    kChunked,  // our own chunks around what may be shown
    kPlain,    // no framing: the end of the connection is the end of the body
  };
  bool whole_body_is_here() const;
  void build_head();
  void choose_form(bool hide_usage);
  void meter(std::string_view payload);
  void show(std::span<const std::string_view> visible);
  void start_pieces();
  void end_meter();
  net::Awaitable<bool> forward_input();
  net::Awaitable<bool> next_input();
  net::Awaitable<bool> send_pieces(std::string_view raw, std::string_view tail, bool last);
  void settle(ledger::Outcome outcome, std::string_view error = {});
  ledger::Outcome complete_outcome() const;
  bool ended_early() const;

  http::Exchange& exchange_;
  upstream::Answer& answer_;
  RequestState& state_;
  Settlement& settlement_;
  base::Duration idle_timeout_;
  Form form_ = Form::kRaw;
  bool stream_ = false;
  bool hide_usage_ = false;
  bool settled_ = false;
  bool head_built_ = false;
  bool head_sent_ = false;
  int status_ = 0;
  base::Duration waited_{};
  std::optional<base::Error> failure_;
};

}  // namespace pointsman::gateway
