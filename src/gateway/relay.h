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
#include "gateway/answer_copy.h"
#include "gateway/request_state.h"
#include "gateway/stream_tail.h"
#include "gateway/translation.h"
#include "gateway/watched_stream.h"
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

// How an answer is to be passed on.
struct Passing {
  llm::Protocol protocol = llm::Protocol::kChatCompletions;  // of the answer
  bool stream = false;                                       // it is a stream of server-sent events
  bool hide_usage = false;                                   // it carries a report that the client did not ask for
  bool drain = false;                                        // if the client leaves, the rest is read, for its usage
  std::span<const llm::ByteRange> hidden{};  // parts of the content, in its order, that the client sees as null
  Translation* translation = nullptr;        // into the client's protocol; null: it is the same
  StructuredWatch* watch = nullptr;          // on the JSON that it has to be; null: nobody looks
  bool enforce = false;                      // an answer that can no longer become that JSON is given up
  bool hold = false;                         // and nothing of it goes out before it began well
  AnswerCopy* copy = nullptr;                // of what the client gets; null: nobody wants one
  base::Duration idle_timeout = std::chrono::seconds(60);
};

class Relay {
 public:
  // All that `passing` points to outlives it.
  Relay(http::Exchange& exchange, upstream::Answer& answer, RequestState& state, Settlement& settlement,
        const Passing& passing);

  // Fails, with nothing settled, if the answer turned out to be broken before a byte of it reached the client. However
  // else the answer ends, it is settled.
  net::Awaitable<base::Result<void>> pass();
  const llm::Observed& observed() const { return meter_->observed(); }
  // What the client was told; an error of another protocol may have another status there.
  int status() const { return status_; }
  // Content of the body that came so far; and what of it came after the client had left.
  std::uint64_t body_bytes() const { return answer_.body().payload_bytes(); }
  std::uint64_t drained_bytes() const { return left_at_ ? body_bytes() - *left_at_ : 0; }
  bool drained() const { return left_at_.has_value(); }
  // The upstream has said all that it was going to say.
  bool is_over() const { return answer_.body().done() || (stream_ && observed().done); }
  // Time spent waiting for the upstream's bytes, and for a client that is slow to take them.
  base::Duration waited() const { return waited_; }

 private:
  enum class Form : std::uint8_t {
    kRaw,      // the upstream's bytes as they came
    kChunked,  // our own chunks around what may be shown
    kPlain,    // no framing: the end of the connection is the end of the body
    kWhole,    // translated at once, when all of it is here
  };
  bool whole_body_is_here() const;
  void build_head();
  void append_passed_fields(std::string& out) const;
  void choose_form();
  bool edited() const {
    return passing_.hide_usage || !passing_.hidden.empty() || passing_.translation != nullptr || watched_;
  }
  void meter(std::string_view payload);
  void show(std::span<const std::string_view> visible);
  void show_but_hidden(std::string_view payload);
  void start_pieces();
  // Fails if the content was to be translated and cannot be.
  base::Result<void> end_meter();
  base::Result<void> finish_whole();
  // Bytes in the client's protocol on their way out.
  void let_out(std::string_view bytes);
  // The answer can no longer become what it had to be, and is given up.
  bool gives_up() const { return passing_.enforce && passing_.watch->impossible(); }
  base::Error invalid() const;
  void on_cancel();
  void leave();
  // The client has left: reads on without it, until all is known that can be.
  net::Awaitable<> drain();
  net::Awaitable<> tell_cut();
  net::Awaitable<> tell(const base::Error& error);
  net::Awaitable<> abandon();
  net::Awaitable<> break_off(base::Error why);
  net::Awaitable<bool> forward_input();
  net::Awaitable<bool> next_input();
  net::Awaitable<> end_by_close();
  net::Awaitable<> end_without_more(const base::Error& why);
  net::Awaitable<base::Result<void>> send_pieces(std::string_view raw, std::string_view tail, bool last);
  net::Awaitable<base::Result<void>> write_pieces();
  void settle(ledger::Outcome outcome, std::string_view error = {});
  void settle_complete();
  // All of the answer is out, framing included.
  void finish();
  void settle_left();
  void settle_stopped();
  bool said_all() const;
  // The stream's framing is whole, but what it holds became something else on the way.
  bool turned_into_another() const { return stream_ && !said_all() && !tail_.sound(); }

  http::Exchange& exchange_;
  upstream::Answer& answer_;
  RequestState& state_;
  Settlement& settlement_;
  Passing passing_;
  llm::Meter* meter_;
  Form form_ = Form::kRaw;
  bool stream_ = false;
  bool settled_ = false;
  bool head_built_ = false;
  bool head_sent_ = false;
  bool left_ = false;  // the client; what is read on is not for it
  int status_ = 0;
  std::string passed_fields_;  // of the upstream's head, where ours is made when that is gone
  StreamTail tail_;
  std::optional<WatchedStream> watched_;
  std::string translated_;  // on its way to the watch
  std::string whole_;       // what came of a body that is translated at once
  std::size_t shown_ = 0;   // bytes of the content that were dealt with, where some are hidden
  base::Duration waited_{};
  std::optional<base::Error> broken_;     // before anything was sent
  std::optional<std::uint64_t> left_at_;  // content that had come when the client left, and we read on
};

}  // namespace pointsman::gateway
