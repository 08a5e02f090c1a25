// Conversations made up at random in each of the three protocols, request by request, as clients with tools have them:
// parallel calls, reasoning, images, system messages in between, results and text in one message, ids used again, odd
// spacing and escapes. Header-only; for tests.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "llm/protocol.h"

namespace pointsman::testing {

// A conversation as it grows: each request sends the first so many of the elements.
struct Talk {
  llm::Protocol protocol = llm::Protocol::kChatCompletions;
  std::string head;  // the body up to the first element
  std::string tail;  // and from the last one's end
  std::vector<std::string> separators;
  std::vector<std::string> elements;
  std::vector<std::size_t> requests;     // elements of each request
  std::vector<std::size_t> turn_starts;  // elements

  std::string body(std::size_t count) const {
    std::string out = head;
    for (std::size_t i = 0; i < count; ++i) out += (i == 0 ? "" : separators[i]) + elements[i];
    return out + tail;
  }
};

class TalkMaker {
 public:
  TalkMaker(llm::Protocol protocol, std::uint64_t seed) : rng_(seed) {
    talk_.protocol = protocol;
    reuses_ids_ = chance(20);
    reasons_ = chance(50);
    const std::string system = quoted(words(60));
    if (is(llm::Protocol::kMessages)) {
      talk_.head = R"({"model":"m","max_tokens":100,"system":)" + system + R"(, "messages":[)";
    } else if (is(llm::Protocol::kResponses)) {
      talk_.head = R"({"instructions":)" + system + R"(,"input": [)";
      talk_.tail = R"("model":"m")";
    } else {
      talk_.head = "{\"model\":\"m\",\"messages\" :[\n  ";
    }
    talk_.tail = (chance(50) ? " ]" : "]") + std::string(talk_.tail.empty() ? "" : ",") + talk_.tail + "}";
  }

  Talk make(std::size_t turns) {
    if (!is(llm::Protocol::kMessages) && chance(50)) system_message();
    for (std::size_t i = 0; i < turns; ++i) turn();
    return std::move(talk_);
  }

 private:
  bool is(llm::Protocol protocol) const { return talk_.protocol == protocol; }
  bool chance(std::uint64_t percent) { return rng_.below(100) < percent; }

  void add(std::string element) {
    talk_.elements.push_back(std::move(element));
    talk_.separators.emplace_back(chance(70) ? "," : " ,\n\t");
  }
  void request() { talk_.requests.push_back(talk_.elements.size()); }

  std::string words(std::uint64_t most) {
    static const std::vector<std::string> kWords = {"the",
                                                    "sum",
                                                    "of",
                                                    "0x1f",
                                                    "Stra\xC3\x9F"
                                                    "e",
                                                    "\\n",
                                                    "\\\"",
                                                    "[",
                                                    "}",
                                                    ",",
                                                    "\\u00e9",
                                                    "\\ud83d\\ude00",
                                                    "\xE4\xBD\xA0",
                                                    "tool",
                                                    "content",
                                                    "role",
                                                    "\\\\",
                                                    "x"};
    std::string out = "w";
    for (std::uint64_t n = rng_.below(most) + 1; n > 0; --n) out += ' ' + kWords[rng_.below(kWords.size())];
    return out;
  }
  static std::string quoted(const std::string& inside) { return '"' + inside + '"'; }
  // A few are far longer than the rest.
  std::string long_words() { return words(chance(15) ? 400 : 40); }

  std::string text_part(const std::string& text, bool of_model) {
    const std::string_view type = !is(llm::Protocol::kResponses) ? "text" : of_model ? "output_text" : "input_text";
    std::string out = R"({"type":")";
    out.append(type).append(R"(","text":)").append(quoted(text));
    if (!is(llm::Protocol::kResponses) && chance(10)) out += R"(,"cache_control":{"type":"ephemeral"})";
    return out + "}";
  }
  std::string image() const {
    if (is(llm::Protocol::kMessages)) {
      return R"({"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGVsbG8="}})";
    }
    if (is(llm::Protocol::kResponses)) return R"({"type":"input_image","image_url":"data:image/png;base64,aGVsbG8="})";
    return R"({"type":"image_url","image_url":{"url":"data:image/png;base64,aGVsbG8="}})";
  }
  std::string said(bool of_model) {
    if (chance(50)) return quoted(words(30));
    std::string out = "[ " + text_part(words(30), of_model);
    if (chance(30)) out += ", " + text_part(words(5), of_model);
    if (!of_model && chance(30)) out += "," + image();
    return out + "]";
  }

  void system_message() {
    add(R"({"role":")" + std::string(chance(50) ? "system" : "developer") + R"(","content":)" + quoted(words(20)) +
        "}");
  }
  void user() {
    const bool goes_on = std::exchange(user_spoke_, true);
    if (!goes_on) talk_.turn_starts.push_back(talk_.elements.size());
    const std::string content = said(false);
    add(chance(50) ? R"({"role":"user","content":)" + content + "}"
                   : R"({"content": )" + content + R"(, "role":"user"})");
  }

  std::string call_id(std::size_t index) {
    return reuses_ids_ ? "call_" + std::to_string(index) : "call_" + std::to_string(next_id_++);
  }

  void thinking(std::string& blocks) {
    if (!reasons_ || !chance(80)) return;
    const std::string text = quoted(words(40));
    if (is(llm::Protocol::kResponses)) {
      add(R"({"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":)" + text +
          R"(}],"encrypted_content":"c2VhbGVk"})");
    } else if (is(llm::Protocol::kMessages)) {
      blocks += chance(20) ? R"({"type":"redacted_thinking","data":"c2VhbGVk"},)"
                           : R"({"type":"thinking","signature":"c2ln","thinking":)" + text + "},";
    }
  }

  void calls_and_results() {
    user_spoke_ = false;
    const std::size_t count = 1 + (chance(40) ? rng_.below(3) : 0);
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < count; ++i) ids.push_back(call_id(i));
    if (is(llm::Protocol::kResponses)) return responses_round(ids);
    if (is(llm::Protocol::kMessages)) return messages_round(ids);
    std::string calls;
    for (const std::string& id : ids) {
      calls += (calls.empty() ? "" : ", ") + (R"({"id":")" + id) +
               R"(","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}})";
    }
    add(R"({"role":"assistant","content":)" + (chance(50) ? "null" : quoted(words(10))) + R"(,"tool_calls":[)" + calls +
        "]}");
    if (count > 1 && chance(50)) std::swap(ids.front(), ids.back());
    for (const std::string& id : ids) {
      add(R"({"role":"tool","tool_call_id":")" + id + R"(","content":)" + result_content() + "}");
    }
  }
  std::string result_content() {
    const std::string text = long_words();
    return chance(70) ? quoted(text) : "[" + text_part(text, false) + "]";
  }
  void responses_round(const std::vector<std::string>& ids) {
    std::string unused;
    thinking(unused);
    for (const std::string& id : ids) {
      add(R"({"type":"function_call","call_id":")" + id + R"(","name":"f","arguments":"{}","id":"fc_1"})");
    }
    for (const std::string& id : ids) {
      add(R"({"output":)" + result_content() + R"(,"type":"function_call_output","call_id":")" + id + R"("})");
    }
  }
  void messages_round(const std::vector<std::string>& ids) {
    std::string blocks;
    thinking(blocks);
    if (chance(40)) blocks += text_part(words(10), true) + ",";
    std::string results;
    for (const std::string& id : ids) {
      blocks += R"({"type":"tool_use","id":")" + id + R"(","name":"f","input":{"a":[1,2]}},)";
      results += R"({"tool_use_id":")" + id + R"(","type":"tool_result","content":)" + result_content() +
                 (chance(20) ? R"(,"is_error":true)" : "") + "},";
    }
    blocks.pop_back();
    add(R"({"role":"assistant","content":[)" + blocks + "]}");
    if (chance(15)) {  // the user spoke while tools ran
      talk_.turn_starts.push_back(talk_.elements.size());
      results += text_part(words(10), false) + ",";
      user_spoke_ = true;
    }
    results.pop_back();
    add(R"({"role":"user","content":[)" + results + "]}");
  }

  void answer() {
    user_spoke_ = false;
    std::string blocks;
    thinking(blocks);
    const std::string content = blocks.empty() ? said(true) : "[" + blocks + text_part(words(40), true) + "]";
    add(R"({"role":"assistant","content":)" + content + "}");
  }

  void turn() {
    if (!is(llm::Protocol::kMessages) && chance(5)) system_message();
    user();
    if (chance(10)) user();
    request();
    for (std::uint64_t rounds = chance(60) ? rng_.below(5) : 0; rounds > 0; --rounds) {
      calls_and_results();
      request();
    }
    if (!user_spoke_ || chance(95)) answer();
  }

  base::Rng rng_;
  Talk talk_;
  bool reuses_ids_ = false;
  bool reasons_ = false;
  bool user_spoke_ = false;  // in the element before, system messages aside
  std::uint64_t next_id_ = 0;
};

}  // namespace pointsman::testing
