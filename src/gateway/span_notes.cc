#include "gateway/span_notes.h"

namespace pointsman::gateway {
namespace {

constexpr std::string_view kTraceparent = "traceparent";
constexpr std::string_view kTracestate = "tracestate";

// Several fields are one list (W3C Trace Context, section 3.3.1.1). Empty if it cannot be passed on.
void read_state(const http::FieldList& fields, std::string& out) {
  out.clear();
  for (const http::Field& field : fields) {
    if (!http::equal_ignoring_case(field.name, kTracestate) || field.value.empty()) continue;
    if (!out.empty()) out += ',';
    out += field.value;
    if (out.size() > trace::kMaxTracestate) break;
  }
  if (!trace::is_tracestate(out)) out.clear();
}

}  // namespace

void SpanNotes::begin(const http::FieldList& fields, double share, base::Rng& rng) {
  rng_ = &rng;
  calls_.clear();
  fields_.clear();
  choice_ = {};
  question_ = {};
  early_ = {};
  root_ = next_id();
  const auto named = fields.count(kTraceparent) == 1 ? fields.find(kTraceparent) : std::nullopt;
  const auto parent = named ? trace::parse_traceparent(*named) : std::nullopt;
  if (parent) {
    trace_ = parent->trace;
    parent_ = parent->span;
    sampled_ = parent->sampled;
    read_state(fields, state_);
    return;
  }
  trace_ = trace::next_trace_id(rng);
  parent_ = {};
  sampled_ = trace::is_sampled(trace_, share);
  state_.clear();
}

void SpanNotes::write_fields(trace::SpanId id) {
  fields_.assign(kTraceparent);
  fields_ += ": ";
  trace::append_traceparent({trace_, id, sampled_}, fields_);
  fields_ += "\r\n";
  if (state_.empty()) return;
  fields_ += kTracestate;
  fields_ += ": ";
  fields_ += state_;
  fields_ += "\r\n";
}

void SpanNotes::decided(base::MonoTime began, base::MonoTime ended) {
  if (on()) choice_ = {next_id(), began, ended};
}

void SpanNotes::asked(base::MonoTime began, base::MonoTime ended) {
  if (on()) question_ = {next_id(), began, ended};
}

void SpanNotes::begin_call(base::MonoTime now) {
  if (!on()) return;
  write_fields(calls_.emplace_back(Call{next_id(), now, {}}).id);
}

void SpanNotes::end_call(base::MonoTime now) {
  if (on() && !calls_.empty()) calls_.back().ended = now;
}

void SpanNotes::end_call(std::size_t call, base::MonoTime now) {
  if (on() && call < calls_.size()) calls_[call].ended = now;
}

void SpanNotes::add_lost() {
  if (!on() || calls_.empty()) return;
  const base::MonoTime began = calls_.back().began;
  calls_.insert(calls_.end() - 1, Call{next_id(), began, began});
}

void SpanNotes::begin_early() {
  if (!on()) return;
  early_ = next_id();
  write_fields(early_);
}

void SpanNotes::record_early(base::MonoTime began, base::MonoTime ended, bool lost) {
  if (!on()) return;
  calls_.push_back({early_, began, ended});
  if (lost) add_lost();
}

}  // namespace pointsman::gateway
