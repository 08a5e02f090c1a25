#include "wire/openai_chat/answer.h"

#include <optional>

#include "wire/answer_names.h"

namespace pointsman::wire::openai_chat {
namespace {

// A count: anything but a non-negative integer leaves it unknown.
void read_count(json::Cursor& cursor, std::optional<std::int64_t>& out) {
  std::int64_t number = 0;
  if (!cursor.read_integer(number)) return cursor.skip();
  if (number >= 0) out = number;
}

// {"cached_tokens": 3, "cache_write_tokens": 1, ...}.
void read_input_details(json::Cursor& cursor, llm::Usage& out) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("cached_tokens")) {
      read_count(cursor, out.cached_input_tokens);
    } else if (cursor.key_is("cache_write_tokens")) {
      read_count(cursor, out.cache_write_tokens);
    } else {
      cursor.skip();
    }
  }
}

void read_output_details(json::Cursor& cursor, llm::Usage& out) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("reasoning_tokens")) {
      read_count(cursor, out.reasoning_tokens);
    } else {
      cursor.skip();
    }
  }
}

// Servers differ in what they count as output. xAI leaves reasoning out of completion_tokens, embeddings have none at
// all; the total tells.
void settle_output(const std::optional<std::int64_t>& total, llm::Usage& usage) {
  if (!usage.input_tokens || !total || *total < *usage.input_tokens) return;
  const std::int64_t rest = *total - *usage.input_tokens;
  if (!usage.output_tokens) {
    usage.output_tokens = rest;
  } else if (usage.reasoning_tokens && rest - *usage.output_tokens == *usage.reasoning_tokens) {
    usage.output_tokens = rest;
  }
}

void read_choice(json::Cursor& cursor, Observed& out) {
  if (cursor.peek() != '{') return cursor.skip();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    json::RawString reason;
    if (cursor.key_is("finish_reason") && cursor.read_string(reason)) {
      add_finish_reason(reason, out);
    } else {
      cursor.skip();
    }
  }
}

void read_choices(json::Cursor& cursor, Observed& out, ChunkShape& shape) {
  if (cursor.peek() != '[') return cursor.skip();
  shape.empty_choices = true;
  for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
    shape.empty_choices = false;
    read_choice(cursor, out);
  }
}

void read_member(json::Cursor& cursor, Observed& out, ChunkShape& shape) {
  json::RawString name;
  if (cursor.key_is("choices")) return read_choices(cursor, out, shape);
  if (cursor.key_is("usage") && cursor.peek() == '{') {
    shape.has_usage = true;
    return read_usage(cursor, out.usage);
  }
  if (cursor.key_is("service_tier")) return read_service_tier(cursor, out.usage);
  if (cursor.key_is("error") && cursor.peek() != 'n') {
    shape.has_error = out.error = true;
  } else if (cursor.key_is("id") && cursor.read_string(name)) {
    if (!name.raw.empty()) set_name(name, out.id);
    return;
  } else if (cursor.key_is("model") && cursor.read_string(name)) {
    if (!name.raw.empty()) set_name(name, out.model);
    return;
  }
  cursor.skip();
}

}  // namespace

void read_usage(json::Cursor& cursor, llm::Usage& out) {
  llm::Usage usage{.tier = out.tier};
  std::optional<std::int64_t> total, cache_hit;
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
    if (cursor.key_is("prompt_tokens")) {
      read_count(cursor, usage.input_tokens);
    } else if (cursor.key_is("completion_tokens")) {
      read_count(cursor, usage.output_tokens);
    } else if (cursor.key_is("total_tokens")) {
      read_count(cursor, total);
    } else if (cursor.key_is("prompt_tokens_details")) {
      read_input_details(cursor, usage);
    } else if (cursor.key_is("completion_tokens_details")) {
      read_output_details(cursor, usage);
    } else if (cursor.key_is("prompt_cache_hit_tokens") || cursor.key_is("cached_tokens")) {
      read_count(cursor, cache_hit);  // DeepSeek; Moonshot
    } else {
      cursor.skip();
    }
  }
  if (cursor.failed()) return;
  if (!usage.cached_input_tokens) usage.cached_input_tokens = cache_hit;
  settle_output(total, usage);
  out = usage;
}

ChunkShape read_answer(std::string_view text, json::Document& document, Observed& out) {
  ChunkShape shape;
  if (!document.open(text)) {
    out.malformed = true;
    return shape;
  }
  json::Cursor cursor = document.root();
  for (bool more = cursor.enter_object(); more; more = cursor.next_member()) read_member(cursor, out, shape);
  const bool whole = cursor.finished();
  document.close();
  if (whole) return shape;
  out.malformed = true;
  return {};
}

}  // namespace pointsman::wire::openai_chat
