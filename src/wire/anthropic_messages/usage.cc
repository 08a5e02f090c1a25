#include "wire/anthropic_messages/usage.h"

#include <algorithm>

#include "wire/answer_names.h"

namespace pointsman::wire::anthropic_messages {
namespace {

// More tokens than any prompt has; larger figures are no counts, and sums of smaller ones cannot overflow.
constexpr std::int64_t kMostTokens = std::int64_t{1} << 53;

void read_count(json::Cursor& cursor, std::optional<std::int64_t>& out) {
  std::int64_t number = 0;
  if (!cursor.read_integer(number)) return cursor.skip();
  if (number >= 0 && number <= kMostTokens) out = number;
}

void read_thinking(json::Cursor& cursor, std::optional<std::int64_t>& out) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("thinking_tokens")) {
      read_count(cursor, out);
    } else {
      cursor.skip();
    }
  }
}

// {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2}: how long what was written is kept.
void read_lifetimes(json::Cursor& cursor, std::optional<std::int64_t>& out) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("ephemeral_1h_input_tokens")) {
      read_count(cursor, out);
    } else {
      cursor.skip();
    }
  }
}

}  // namespace

void UsageReport::read(json::Cursor& cursor) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("input_tokens")) {
      read_count(cursor, uncached_);
    } else if (cursor.key_is("cache_read_input_tokens")) {
      read_count(cursor, cache_read_);
    } else if (cursor.key_is("cache_creation_input_tokens")) {
      read_count(cursor, cache_write_);
    } else if (cursor.key_is("cache_creation")) {
      read_lifetimes(cursor, long_cache_write_);
    } else if (cursor.key_is("output_tokens")) {
      read_count(cursor, output_);
    } else if (cursor.key_is("output_tokens_details")) {
      read_thinking(cursor, thinking_);
    } else if (cursor.key_is("service_tier")) {
      read_service_tier(cursor, tier_);
    } else {
      cursor.skip();
    }
  }
}

void UsageReport::read_start(json::Cursor& cursor) {
  read(cursor);
  output_.reset();
  thinking_.reset();
}

llm::Usage UsageReport::total() const {
  llm::Usage usage{.tier = tier_.tier};
  const std::int64_t input = uncached_.value_or(0) + cache_read_.value_or(0) + cache_write_.value_or(0);
  if (uncached_ && input > 0) usage.input_tokens = input;
  usage.cached_input_tokens = cache_read_;
  usage.cache_write_tokens = cache_write_;
  usage.long_cache_write_tokens = long_cache_write_;
  usage.output_tokens = output_;
  usage.reasoning_tokens = thinking_;
  return usage;
}

void write_usage(const llm::Usage& usage, json::Writer& writer) {
  const std::int64_t cached = usage.cached_input_tokens.value_or(0);
  const std::int64_t written = usage.cache_write_tokens.value_or(0);
  const std::int64_t uncached = std::max<std::int64_t>(0, usage.input_tokens.value_or(0) - cached - written);
  writer.begin_object().member("input_tokens", uncached);
  if (usage.cache_write_tokens) writer.member("cache_creation_input_tokens", written);
  if (usage.cached_input_tokens) writer.member("cache_read_input_tokens", cached);
  if (usage.long_cache_write_tokens) {
    const std::int64_t kept_long = *usage.long_cache_write_tokens;
    writer.key("cache_creation").begin_object();
    writer.member("ephemeral_5m_input_tokens", std::max<std::int64_t>(0, written - kept_long));
    writer.member("ephemeral_1h_input_tokens", kept_long).end_object();
  }
  writer.member("output_tokens", usage.output_tokens.value_or(0));
  if (usage.reasoning_tokens) {
    writer.key("output_tokens_details").begin_object();
    writer.member("thinking_tokens", *usage.reasoning_tokens).end_object();
  }
  writer.end_object();
}

}  // namespace pointsman::wire::anthropic_messages
