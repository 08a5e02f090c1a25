#include "wire_bench/samples.h"

#include <string_view>

namespace pointsman::bench {

namespace {

constexpr std::string_view kTools =
    R"("tools":[{"type":"function","function":{"name":"get_weather","description":"The weather at a place, now or in )"
    R"(the next days.","parameters":{"type":"object","properties":{"city":{"type":"string","description":"Name of the )"
    R"(city"},"days":{"type":"integer","minimum":0,"maximum":10},"units":{"enum":["metric","imperial"]}},"required":)"
    R"(["city"],"additionalProperties":false}}},{"type":"function","function":{"name":"search_files","description":)"
    R"("Finds files whose text matches.","parameters":{"type":"object","properties":{"pattern":{"type":"string"},)"
    R"("folder":{"type":["string","null"]},"limit":{"type":"integer","default":20}},"required":["pattern","folder"],)"
    R"("additionalProperties":false},"strict":false}},{"type":"function","function":{"name":"edit_file","description":)"
    R"("Replaces a range of lines.","parameters":{"type":"object","properties":{"path":{"type":"string"},"first":)"
    R"({"type":"integer"},"last":{"type":"integer"},"lines":{"type":"array","items":{"type":"string"}}},"required":)"
    R"(["path","first","last","lines"],"additionalProperties":false}}},{"type":"function","function":{"name":"run",)"
    R"("description":"Runs a command and gives what it wrote.","parameters":{"type":"object","properties":{"command":)"
    R"({"type":"array","items":{"type":"string"}},"seconds":{"type":"number"}},"required":["command"]}}}],)"
    R"("tool_choice":"auto","parallel_tool_calls":true,)";

constexpr std::string_view kTurn =
    R"(Please look at this function and tell me why it fails on empty input:\n\nint sum(const)"
    R"( std::vector<int>& v) {\n  int total = v[0];\n  for (int x : v) total += x;\n  return)"
    R"( total;\n}\n\nIt worked yesterday, and nothing has changed since \"then\". )";

std::string call_and_result(int number) {
  const std::string id = "call_" + std::to_string(1000 + number);
  return R"(,{"role":"assistant","content":null,"tool_calls":[{"id":")" + id +
         R"(","type":"function","function":{"name":"search_files","arguments":)"
         R"("{\"pattern\":\"int sum\\\\(\",\"folder\":\"src/)" +
         std::to_string(number) + R"(\",\"limit\":5}"}}]},{"role":"tool","tool_call_id":")" + id +
         R"(","content":"src/sum.cc:12: int sum(const std::vector<int>& v) {\nsrc/sum_test.cc:3: // int sum( of none"})";
}

std::string image(std::size_t bytes) {
  std::string data;
  static constexpr std::string_view kBase64 = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ";
  while (data.size() < bytes) data += kBase64;
  return R"(,{"role":"user","content":[{"type":"text","text":"This is what it shows:"},{"type":"image_url",)"
         R"("image_url":{"url":"data:image/png;base64,)" +
         data + R"(","detail":"high"}}]})";
}

std::string event(std::string_view name, const std::string& data) {
  std::string out;
  if (!name.empty()) out.append("event: ").append(name).append("\n");
  return out.append("data: ").append(data).append("\n\n");
}

// Escaped once: as it stands in a JSON string.
constexpr std::string_view kTokens[] = {"The",   " quay", " was",         " empty", ";", " nobody", " had",
                                        " come", R"(\n)", R"(\")",        "Wait",   ",", R"(\")",   " she",
                                        " said", ".",     " Caf\xC3\xA9", "s"};
// Inside of a string of a call's arguments, which are themselves a string.
constexpr std::string_view kArgumentTokens[] = {"The",    " quay",   " was",         " empty", ";",     " nobody",
                                                R"(\\n)", R"(\\\")", " Caf\xC3\xA9", "Wait",   " said", "."};

template <std::size_t kCount>
std::vector<std::string_view> tokens(const std::string_view (&from)[kCount], std::size_t count) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(from[i % kCount]);
  return out;
}

std::vector<std::string_view> tokens_of(Said said, std::size_t count) {
  if (said == Said::kText) return tokens(kTokens, count);
  std::vector<std::string_view> out = tokens(kArgumentTokens, count);
  out.front() = R"({\"report\":\")";
  out.back() = R"(\"})";
  return out;
}

// As OpenAI's API spells it, with everything that it says today.
std::string chat_chunk(const std::string& delta, std::string_view finish, std::string_view usage) {
  return event({}, R"({"id":"chatcmpl-D8Z5oo6uDh67AD85p73ksdT1KxhE0","object":"chat.completion.chunk","created":)"
                   R"(1770933892,"model":"gpt-4.1-nano-2025-04-14","service_tier":"default","system_fingerprint":)"
                   R"("fp_de604bd877","choices":[)" +
                       (delta.empty() ? std::string()
                                      : R"({"index":0,"delta":)" + delta + R"(,"logprobs":null,"finish_reason":)" +
                                            std::string(finish) + "}") +
                       R"(],"usage":)" + std::string(usage) + R"(,"obfuscation":"yhjoJbEF"})");
}

Stream chat_stream(Said said, std::size_t count) {
  const bool text = said == Said::kText;
  Stream out;
  out.opening = {chat_chunk(text ? R"({"role":"assistant","content":"","refusal":null})"
                                 : R"({"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_7Ya1",)"
                                   R"("type":"function","function":{"name":"write","arguments":""}}]})",
                            "null", "null")};
  for (const std::string_view token : tokens_of(said, count)) {
    const std::string one(token);
    out.deltas.push_back(chat_chunk(text ? R"({"content":")" + one + R"("})"
                                         : R"({"tool_calls":[{"index":0,"function":{"arguments":")" + one + R"("}}]})",
                                    "null", "null"));
  }
  out.closing = {chat_chunk("{}", text ? R"("stop")" : R"("tool_calls")", "null"),
                 chat_chunk("", "", R"({"prompt_tokens":16,"completion_tokens":1000,"total_tokens":1016})"),
                 event({}, "[DONE]")};
  return out;
}

Stream messages_stream(Said said, std::size_t count) {
  const bool text = said == Said::kText;
  Stream out;
  out.opening = {
      event("message_start",
            R"({"type":"message_start","message":{"model":"claude-sonnet-4-6","id":"msg_018nU8ajizC7AoofHJbGncAW",)"
            R"("type":"message","role":"assistant","content":[],"stop_reason":null,"stop_sequence":null,"usage":)"
            R"({"input_tokens":16,"output_tokens":1}}})"),
      event("content_block_start",
            text ? R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
                 : R"({"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"toolu_01R6",)"
                   R"("name":"write","input":{}}})")};
  for (const std::string_view token : tokens_of(said, count)) {
    out.deltas.push_back(
        event("content_block_delta",
              (text ? R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":")"
                    : R"({"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta",)"
                      R"("partial_json":")") +
                  std::string(token) + R"("}})"));
  }
  out.closing = {event("content_block_stop", R"({"type":"content_block_stop","index":0})"),
                 event("message_delta", std::string(R"({"type":"message_delta","delta":{"stop_reason":")") +
                                            (text ? "end_turn" : "tool_use") +
                                            R"(","stop_sequence":null},"usage":{"output_tokens":1000}})"),
                 event("message_stop", R"({"type":"message_stop"})")};
  return out;
}

constexpr std::string_view kResponse =
    R"("response":{"id":"resp_051ebd7ab6006387","object":"response","created_at":1770933892,"status":")";

std::string response_event(std::string_view type, std::string_view status, const std::string& output) {
  const bool over = status == "completed";
  return event(type, R"({"type":")" + std::string(type) + R"(","sequence_number":0,)" + std::string(kResponse) +
                         std::string(status) + R"(","model":"gpt-5-mini-2025-08-07","output":[)" + output +
                         R"(],"usage":)" +
                         (over ? R"({"input_tokens":16,"output_tokens":1000,"total_tokens":1016})" : "null") + "}}");
}

Stream responses_stream(Said said, std::size_t count) {
  const bool text = said == Said::kText;
  const std::string item = text ? R"({"id":"msg_051ebd7ab60063870069d4fe8c1b7c8194b701e22f1ef094dd","type":"message",)"
                                  R"("role":"assistant","status":)"
                                : R"({"id":"fc_051ebd7ab60063870069d4fe8c1b7c8194b701e22f1ef094dd","type":)"
                                  R"("function_call","call_id":"call_7Ya1","name":"write","status":)";
  const std::string place =
      text ? R"(,"item_id":"msg_051ebd7ab60063870069d4fe8c1b7c8194b701e22f1ef094dd","output_index":0,"content_index":0)"
           : R"(,"item_id":"fc_051ebd7ab60063870069d4fe8c1b7c8194b701e22f1ef094dd","output_index":0)";
  const std::string_view kind = text ? "response.output_text" : "response.function_call_arguments";
  const auto named = [](std::string_view type, const std::string& members) {
    return event(type, R"({"type":")" + std::string(type) + R"(","sequence_number":4)" + members + "}");
  };
  Stream out;
  out.opening = {response_event("response.created", "in_progress", ""),
                 response_event("response.in_progress", "in_progress", ""),
                 named("response.output_item.added",
                       R"(,"output_index":0,"item":)" + item +
                           (text ? R"("in_progress","content":[]})" : R"("in_progress","arguments":""})"))};
  if (text) {
    out.opening.push_back(named("response.content_part.added",
                                place + R"(,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""})"));
  }
  std::string all;
  for (const std::string_view token : tokens_of(said, count)) {
    all += token;
    out.deltas.push_back(named(std::string(kind) + ".delta", place + R"(,"delta":")" + std::string(token) + '"' +
                                                                 (text ? R"(,"logprobs":[])" : "") +
                                                                 R"(,"obfuscation":"vlp3ksfjLlA")"));
  }
  const std::string done =
      item +
      (text ? R"("completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":")" + all + "\"}]}"
            : R"("completed","arguments":")" + all + "\"}");
  out.closing = {named(std::string(kind) + ".done",
                       place + (text ? R"(,"logprobs":[],"text":")" : R"(,"arguments":")") + all + '"'),
                 named("response.output_item.done", R"(,"output_index":0,"item":)" + done),
                 response_event("response.completed", "completed", done)};
  return out;
}

}  // namespace

std::string chat_request(std::size_t bytes) {
  const bool large = bytes >= 4096;
  std::string body = R"({"model":"auto","stream":true,"stream_options":{"include_usage":true},"temperature":0.7,)"
                     R"("max_completion_tokens":1000,)";
  if (large) body += kTools;
  body += R"("messages":[{"role":"system","content":"You are a careful assistant. Answer briefly."})";
  if (large) body += image(bytes / 2);
  for (int i = 0; body.size() + 800 < bytes; ++i) {
    body += R"(,{"role":")" + std::string(i % 2 == 0 ? "assistant" : "user") + R"(","content":")";
    for (std::size_t used = 0; used < 2000 && body.size() + 800 < bytes; used += kTurn.size()) body += kTurn;
    body += "\"}";
    if (large) body += call_and_result(i);
  }
  body += R"(,{"role":"user","content":"And now?)";
  while (body.size() + 12 < bytes) body += " Really?";
  return body + R"("}]})";
}

Stream make_stream(Dialect dialect, Said said, std::size_t deltas) {
  switch (dialect) {
    case Dialect::kMessages:
      return messages_stream(said, deltas);
    case Dialect::kResponses:
      return responses_stream(said, deltas);
    case Dialect::kChat:
      break;
  }
  return chat_stream(said, deltas);
}

}  // namespace pointsman::bench
