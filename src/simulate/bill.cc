#include "simulate/bill.h"

#include <array>
#include <utility>

#include "simulate/json_text.h"

namespace pointsman::simulate {
namespace {

using Counter = std::atomic<std::uint64_t> Bill::Shard::*;

constexpr std::array<std::pair<const char*, Counter>, 10> kCounters = {{
    {"requests", &Bill::Shard::requests},
    {"answers", &Bill::Shard::answers},
    {"streams", &Bill::Shard::streams},
    {"errors", &Bill::Shard::errors},
    {"faults", &Bill::Shard::faults},
    {"aborted", &Bill::Shard::aborted},
    {"prompt_tokens", &Bill::Shard::prompt_tokens},
    {"cached_tokens", &Bill::Shard::cached_tokens},
    {"completion_tokens", &Bill::Shard::completion_tokens},
    {"reasoning_tokens", &Bill::Shard::reasoning_tokens},
}};

void append_member(std::string& out, std::string_view name, std::int64_t value) {
  out += '"';
  out += name;
  out += "\":";
  out += std::to_string(value);
}

}  // namespace

Bill::Shard& Bill::add_shard() {
  const std::lock_guard lock(mutex_);
  return shards_.emplace_back();
}

void Bill::charge(Shard& shard, const TokenUsage& usage) const {
  add(shard.prompt_tokens, usage.prompt);
  add(shard.cached_tokens, usage.cached);
  add(shard.completion_tokens, usage.completion);
  add(shard.reasoning_tokens, usage.reasoning);
  const base::Money cost = options_.input_price.times(static_cast<std::int64_t>(usage.prompt - usage.cached)) +
                           options_.cached_input_price.times(static_cast<std::int64_t>(usage.cached)) +
                           options_.output_price.times(static_cast<std::int64_t>(usage.completion));
  shard.cost_nanos.fetch_add(cost.nanos, std::memory_order_relaxed);
}

void Bill::count_abort(Shard& shard, const Abort& abort) {
  add(shard.aborted);
  const std::lock_guard lock(mutex_);
  aborts_.push_back(abort);
  if (aborts_.size() > kMaxAborts) aborts_.pop_front();
}

void Bill::keep_request(const http::RequestHead& head, std::string_view body) {
  std::string kept = R"({"method":)";
  append_json_string(kept, head.method_name);
  kept += R"(,"target":)";
  append_json_string(kept, head.target);
  kept += R"(,"headers":[)";
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    kept += i == 0 ? "[" : ",[";
    append_json_string(kept, head.fields[i].name);
    kept += ',';
    append_json_string(kept, head.fields[i].value);
    kept += ']';
  }
  kept += R"(],"body":)";
  append_json_string(kept, body.substr(0, kMaxKeptBody));
  kept += '}';
  const std::lock_guard lock(mutex_);
  requests_.push_back(std::move(kept));
  if (requests_.size() > options_.keep_requests) requests_.pop_front();
}

std::string Bill::stats_json() const {
  const std::lock_guard lock(mutex_);
  std::string out = R"({"provider":)";
  append_json_string(out, options_.name);
  out += R"(,"simulated":true)";
  for (const auto& [name, counter] : kCounters) {
    std::uint64_t sum = 0;
    for (const Shard& shard : shards_) sum += (shard.*counter).load(std::memory_order_relaxed);
    out += ',';
    append_member(out, name, static_cast<std::int64_t>(sum));
  }
  std::int64_t nanos = 0;
  for (const Shard& shard : shards_) nanos += shard.cost_nanos.load(std::memory_order_relaxed);
  out += ',';
  append_member(out, "cost_nanos", nanos);
  out += R"(,"aborts":[)";
  for (const Abort& abort : aborts_) {
    if (&abort != &aborts_.front()) out += ',';
    out += '{';
    append_member(out, "after_us", abort.after_us);
    out += ',';
    append_member(out, "bytes", static_cast<std::int64_t>(abort.bytes));
    out += ',';
    append_member(out, "tokens", static_cast<std::int64_t>(abort.tokens));
    out += '}';
  }
  return out + "]}";
}

std::string Bill::requests_json() const {
  const std::lock_guard lock(mutex_);
  std::string out = R"({"requests":[)";
  for (const std::string& request : requests_) {
    if (&request != &requests_.front()) out += ',';
    out += request;
  }
  return out + "]}";
}

void Bill::reset() {
  const std::lock_guard lock(mutex_);
  for (Shard& shard : shards_) {
    for (const auto& [name, counter] : kCounters) (shard.*counter).store(0, std::memory_order_relaxed);
    shard.cost_nanos.store(0, std::memory_order_relaxed);
  }
  aborts_.clear();
  requests_.clear();
}

}  // namespace pointsman::simulate
