#include "wire/openai_chat/label_call.h"

#include <algorithm>
#include <charconv>

#include "json/writer.h"
#include "wire/answer_names.h"
#include "wire/label_format.h"
#include "wire/openai_chat/answer.h"

namespace pointsman::wire::openai_chat {
namespace {

constexpr float kUnknownLogprob = -9999;
// Numbers that every JSON implementation keeps.
constexpr std::uint64_t kExactIntegers = (std::uint64_t{1} << 53) - 1;

void write_message(json::Writer& writer, std::string_view role, std::string_view content) {
  writer.begin_object().member("role", role).member("content", content).end_object();
}

void write_messages(const llm::LabelQuestion& question, json::Writer& writer) {
  writer.key("messages").begin_array();
  if (!question.system.empty()) write_message(writer, "system", question.system);
  for (const llm::LabelExample& example : question.examples) {
    write_message(writer, "user", example.text);
    write_message(writer, "assistant", label_turn(question, example.label));
  }
  write_message(writer, "user", question.text);
  writer.end_array();
}

void write_structure(const llm::LabelQuestion& question, json::Writer& writer) {
  switch (question.structure) {
    case llm::LabelStructure::kJsonSchema:
      writer.key("response_format").begin_object().member("type", "json_schema");
      writer.key("json_schema").begin_object().member("name", "label").member("strict", true);
      writer.key("schema").raw(label_schema(question)).end_object().end_object();
      break;
    case llm::LabelStructure::kChoice:
      writer.key("structured_outputs").begin_object().key("choice").begin_array();
      for (const std::string& label : question.labels) writer.value(label);
      writer.end_array().end_object();
      break;
    case llm::LabelStructure::kToken:
      break;
  }
}

void read_logprob(json::Cursor& cursor, std::string_view body, float& out) {
  const std::size_t begin = cursor.offset();
  cursor.skip();
  if (cursor.failed()) return;
  const std::string_view text = body.substr(begin, cursor.last_end() - begin);
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  out = error == std::errc() && end == text.data() + text.size() ? value : kUnknownLogprob;
}

// [72, 105] -> "Hi". False, and `out` is not to be used, if it is anything else.
bool read_bytes(json::Cursor& cursor, std::string& out) {
  out.clear();
  if (cursor.peek() != '[') {
    cursor.skip();
    return false;
  }
  bool good = true;
  for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
    std::int64_t byte = 0;
    if (!cursor.read_integer(byte)) {
      good = false;
      cursor.skip();
    }
    good = good && byte >= 0 && byte <= 255 && out.size() < kMaxTokenBytes;
    if (good) out += static_cast<char>(byte);
  }
  return good;
}

class LabelReading {
 public:
  LabelReading(std::string_view body, json::Document& document) : body_(body), document_(document) {}

  base::Result<llm::LabelAnswer> run() {
    if (!document_.open(body_)) return base::fail(not_json());
    json::Cursor cursor = document_.root();
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) member(cursor);
    const bool whole = cursor.finished();
    document_.close();
    if (!whole) return base::fail(not_json());
    if (error_) return base::fail(label_error(200, read_provider_error(body_, document_)));
    if (!message_) {
      return base::fail(base::ErrorCode::kParse, "the small model's answer holds no message", base::Origin::kUpstream,
                        base::Retry::kOtherTarget);
    }
    return std::move(out_);
  }

 private:
  static base::Error not_json() {
    return {base::ErrorCode::kParse, "the small model's answer is not one JSON object", base::Origin::kUpstream,
            base::Retry::kOtherTarget};
  }

  void member(json::Cursor& cursor) {
    if (cursor.key_is("choices") && cursor.peek() == '[') return choices(cursor);
    if (cursor.key_is("usage") && cursor.peek() == '{') return read_usage(cursor, out_.usage);
    if (cursor.key_is("service_tier")) return read_service_tier(cursor, out_.usage);
    if (cursor.key_is("error") && cursor.peek() != 'n') error_ = true;
    cursor.skip();
  }

  void choices(json::Cursor& cursor) {
    for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
      if (choices_++ == 0 && cursor.peek() == '{') {
        choice(cursor);
      } else {
        cursor.skip();
      }
    }
  }

  void choice(json::Cursor& cursor) {
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      json::RawString reason;
      if (cursor.key_is("message") && cursor.peek() == '{') {
        message(cursor);
      } else if (cursor.key_is("logprobs") && cursor.peek() == '{') {
        logprobs(cursor);
      } else if (cursor.key_is("finish_reason") && cursor.read_string(reason)) {
        out_.cut = out_.cut || reason.is("length");
        out_.refused = out_.refused || reason.is("content_filter");
      } else {
        cursor.skip();
      }
    }
  }

  void message(json::Cursor& cursor) {
    message_ = true;
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      json::RawString text;
      if (cursor.key_is("content") && cursor.read_string(text)) {
        out_.text.clear();
        if (!append_text(text, kMaxLabelText, out_.text)) out_.cut = true;
      } else if (cursor.key_is("refusal") && cursor.read_string(text)) {
        out_.refused = out_.refused || !text.raw.empty();
      } else {
        cursor.skip();
      }
    }
  }

  void logprobs(json::Cursor& cursor) {
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      if (!cursor.key_is("content") || cursor.peek() != '[') {
        cursor.skip();
        continue;
      }
      out_.tokens.clear();
      for (bool element = cursor.enter_array(); element; element = cursor.next_element()) token(cursor);
    }
  }

  void token(json::Cursor& cursor) {
    if (cursor.peek() != '{' || out_.tokens.size() == kMaxAnswerTokens) return cursor.skip();
    llm::AnswerToken& token = out_.tokens.emplace_back();
    chance(cursor, token.chosen, &token.top);
    std::ranges::sort(token.top, [](const llm::TokenChance& a, const llm::TokenChance& b) {
      return a.logprob != b.logprob ? a.logprob > b.logprob : a.bytes < b.bytes;
    });
  }

  // An object with token, logprob and bytes; with `top`, its top_logprobs too.
  void chance(json::Cursor& cursor, llm::TokenChance& out, std::vector<llm::TokenChance>* top) {
    out.logprob = kUnknownLogprob;
    std::string bytes;
    bool has_bytes = false;
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      json::RawString text;
      if (cursor.key_is("token") && cursor.read_string(text)) {
        out.bytes.clear();
        append_text(text, kMaxTokenBytes, out.bytes);
      } else if (cursor.key_is("logprob")) {
        read_logprob(cursor, body_, out.logprob);
      } else if (cursor.key_is("bytes")) {
        has_bytes = read_bytes(cursor, bytes);
      } else if (top != nullptr && cursor.key_is("top_logprobs") && cursor.peek() == '[') {
        alternatives(cursor, *top);
      } else {
        cursor.skip();
      }
    }
    if (has_bytes) out.bytes = std::move(bytes);
  }

  void alternatives(json::Cursor& cursor, std::vector<llm::TokenChance>& out) {
    out.clear();
    for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
      if (cursor.peek() == '{' && out.size() < kMaxTopLogprobs) {
        chance(cursor, out.emplace_back(), nullptr);
      } else {
        cursor.skip();
      }
    }
  }

  std::string_view body_;
  json::Document& document_;
  llm::LabelAnswer out_;
  std::size_t choices_ = 0;
  bool message_ = false;
  bool error_ = false;
};

}  // namespace

void write_label_request(const llm::LabelQuestion& question, const LabelDialect& dialect, std::string& out) {
  json::Writer writer(out);
  writer.begin_object().member("model", question.model);
  write_messages(question, writer);
  const int max_tokens = question.structure == llm::LabelStructure::kToken ? 1 : question.max_tokens;
  writer.member(dialect.max_completion_tokens ? "max_completion_tokens" : "max_tokens", max_tokens);
  if (dialect.temperature) writer.member("temperature", question.temperature);
  if (!dialect.reasoning_effort.empty()) writer.member("reasoning_effort", dialect.reasoning_effort);
  if (question.seed != 0) writer.member("seed", question.seed & kExactIntegers);
  if (question.top_logprobs > 0) {
    writer.member("logprobs", true).member("top_logprobs", std::min(question.top_logprobs, kMaxTopLogprobs));
  }
  write_structure(question, writer);
  writer.end_object();
}

base::Result<llm::LabelAnswer> read_label_answer(std::string_view body, json::Document& document) {
  return LabelReading(body, document).run();
}

}  // namespace pointsman::wire::openai_chat
