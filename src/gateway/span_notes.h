// What tracing has to remember of a request until its entry is complete: which trace it belongs to, and when each call
// began and ended.
//
// Part of a request's state; one loop. While nothing is traced every call of it does nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rng.h"
#include "http/fields.h"
#include "trace/context.h"

namespace pointsman::gateway {

class SpanNotes {
 public:
  // `ended` is the clock's beginning while it goes on.
  struct Call {
    trace::SpanId id;
    base::MonoTime began{};
    base::MonoTime ended{};
  };

  // The request is part of the trace that a client's fields name, and recorded if that says so; or of one of its own,
  // recorded with a probability of `share`. `rng` outlives the request.
  void begin(const http::FieldList& fields, double share, base::Rng& rng);
  // Nothing is traced until the next begin().
  void rest() { rng_ = nullptr; }

  bool on() const { return rng_ != nullptr; }
  bool sampled() const { return on() && sampled_; }
  trace::TraceId trace() const { return trace_; }
  trace::SpanId parent() const { return parent_; }  // the client's; 0: it named none
  trace::SpanId root() const { return root_; }
  std::string_view state() const { return state_; }
  trace::SpanId next_id() { return trace::next_span_id(*rng_); }

  // The header lines that make the call begun last part of the trace, each ended by CRLF; empty: nothing is traced.
  std::string_view fields() const { return on() ? std::string_view(fields_) : std::string_view(); }

  // How long the decision took.
  void decided(base::MonoTime began, base::MonoTime ended);
  const Call& choice() const { return choice_; }
  // The small model was asked, and heard or given up.
  void asked(base::MonoTime began, base::MonoTime ended);
  const Call& question() const { return question_; }

  // Calls of models, in the order that the ledger has their attempts in. The last one begins.
  void begin_call(base::MonoTime now);
  // The last one is over, and answers nobody.
  void end_call(base::MonoTime now);
  void end_call(std::size_t call, base::MonoTime now);
  // In front of the last one stands another that was never answered.
  void add_lost();
  // A model is called before the decision stands; later that is on record as the next call.
  void begin_early();
  void record_early(base::MonoTime began, base::MonoTime ended, bool lost);
  const std::vector<Call>& calls() const { return calls_; }

 private:
  void write_fields(trace::SpanId id);

  base::Rng* rng_ = nullptr;  // null: nothing is traced
  trace::TraceId trace_;
  trace::SpanId parent_;
  trace::SpanId root_;
  bool sampled_ = false;
  std::string state_;
  std::string fields_;
  Call choice_;
  Call question_;
  trace::SpanId early_;
  std::vector<Call> calls_;
};

}  // namespace pointsman::gateway
