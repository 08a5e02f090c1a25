#include "wire/openai_chat/answer_facts.h"

#include <charconv>
#include <string>

#include "wire/answer_names.h"
#include "wire/openai_chat/answer.h"

namespace pointsman::wire::openai_chat {
namespace {

// One walk. Texts that must be JSON themselves are kept until the document is free for them.
class FactReader {
 public:
  FactReader(std::string_view body, AnswerFacts& out) : body_(body), out_(out) {}

  void walk(json::Cursor& cursor) {
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      if (cursor.key_is("choices") && cursor.peek() == '[') {
        choices(cursor);
      } else if (cursor.key_is("usage") && cursor.peek() == '{') {
        read_usage(cursor, out_.usage);
      } else if (cursor.key_is("service_tier")) {
        read_service_tier(cursor, out_.usage);
      } else {
        error_ = error_ || (cursor.key_is("error") && cursor.peek() != 'n');
        cursor.skip();
      }
    }
    out_.whole = cursor.finished() && choices_ > 0 && !error_;
    if (tokens_ > 0) out_.mean_logprob = sum_ / static_cast<double>(tokens_);
  }

  // After the walk, when `document` reads something else.
  void check_texts(bool text_is_json, json::Document& document) {
    for (const std::string& one : texts_) {
      out_.broken_json = out_.broken_json || (text_is_json && !is_json(one, "{[", document));
    }
    for (const std::string& one : arguments_) {
      // A function without parameters may be called with nothing.
      out_.broken_call = out_.broken_call || (!one.empty() && !is_json(one, "{", document));
    }
  }

 private:
  struct Message {
    std::string text;
    bool other = false;  // something besides text: a tool call, a refusal, audio
  };

  static bool is_json(std::string_view text, std::string_view begins, json::Document& document) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    return first != std::string_view::npos && begins.find(text[first]) != std::string_view::npos &&
           document.validate(text).has_value();
  }

  void choices(json::Cursor& cursor) {
    for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
      if (cursor.peek() == '{') {
        choice(cursor);
      } else {
        cursor.skip();
      }
    }
  }

  void choice(json::Cursor& cursor) {
    ++choices_;
    Message message;
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      json::RawString reason;
      if (cursor.key_is("message") && cursor.peek() == '{') {
        read_message(cursor, message);
      } else if (cursor.key_is("logprobs") && cursor.peek() == '{') {
        logprobs(cursor);
      } else if (cursor.key_is("finish_reason") && cursor.read_string(reason)) {
        out_.cut_short = out_.cut_short || reason.is("length");
        out_.filtered = out_.filtered || reason.is("content_filter");
      } else {
        cursor.skip();
      }
    }
    const bool blank = message.text.find_first_not_of(" \t\r\n") == std::string::npos;
    out_.empty = out_.empty || (blank && !message.other);
    if (!message.other) texts_.push_back(std::move(message.text));
  }

  void read_message(json::Cursor& cursor, Message& message) {
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      json::RawString text;
      if (cursor.key_is("content") && cursor.read_string(text)) {
        json::unescape(text.raw, message.text);
      } else if (cursor.key_is("tool_calls") && cursor.peek() == '[') {
        tool_calls(cursor, message);
      } else if (cursor.key_is("function_call") && cursor.peek() == '{') {
        message.other = true;
        function(cursor);
      } else if ((cursor.key_is("refusal") || cursor.key_is("audio")) && cursor.peek() != 'n') {
        message.other = true;
        cursor.skip();
      } else {
        cursor.skip();
      }
    }
  }

  void tool_calls(json::Cursor& cursor, Message& message) {
    for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
      message.other = true;
      if (cursor.peek() != '{') {
        cursor.skip();
        continue;
      }
      for (bool member = cursor.enter_object(); member; member = cursor.next_member()) {
        if (cursor.key_is("function") && cursor.peek() == '{') {
          function(cursor);
        } else {
          cursor.skip();
        }
      }
    }
  }

  void function(json::Cursor& cursor) {
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      json::RawString text;
      if (cursor.key_is("arguments") && cursor.read_string(text)) {
        json::unescape(text.raw, arguments_.emplace_back());
      } else {
        cursor.skip();
      }
    }
  }

  // {"content": [{"token": ..., "logprob": -0.1, ...}, ...], "refusal": null}
  void logprobs(json::Cursor& cursor) {
    const std::size_t begin = cursor.offset();
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      if (!cursor.key_is("content") || cursor.peek() != '[') {
        cursor.skip();
        continue;
      }
      for (bool token = cursor.enter_array(); token; token = cursor.next_element()) {
        if (cursor.peek() == '{') {
          token_logprob(cursor);
        } else {
          cursor.skip();
        }
      }
    }
    if (!cursor.failed()) out_.logprobs.push_back({begin, cursor.last_end()});
  }

  void token_logprob(json::Cursor& cursor) {
    for (bool more = cursor.enter_object(); more; more = cursor.next_member()) {
      const bool wanted = cursor.key_is("logprob");
      const std::size_t begin = cursor.offset();
      cursor.skip();
      if (!wanted || cursor.failed()) continue;
      double value = 0;
      const std::string_view number = body_.substr(begin, cursor.last_end() - begin);
      const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
      if (read.ec != std::errc() || value > 0) continue;
      sum_ += value;
      ++tokens_;
    }
  }

  std::string_view body_;
  AnswerFacts& out_;
  bool error_ = false;
  std::size_t choices_ = 0;
  std::size_t tokens_ = 0;
  double sum_ = 0;
  std::vector<std::string> texts_;
  std::vector<std::string> arguments_;
};

}  // namespace

AnswerFacts read_answer_facts(std::string_view body, bool text_is_json, json::Document& document) {
  AnswerFacts out;
  if (!document.open(body)) return out;
  FactReader reader(body, out);
  json::Cursor cursor = document.root();
  reader.walk(cursor);
  document.close();
  if (out.whole) reader.check_texts(text_is_json, document);
  return out;
}

}  // namespace pointsman::wire::openai_chat
