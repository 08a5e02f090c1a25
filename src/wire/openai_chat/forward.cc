#include "wire/openai_chat/forward.h"

#include <algorithm>
#include <array>
#include <span>

namespace pointsman::wire::openai_chat {
namespace {

constexpr std::string_view kObject = R"({"include_usage":true})";
constexpr std::string_view kFirstMember = R"("include_usage":true,)";
constexpr std::string_view kOnlyMember = R"("include_usage":true)";
constexpr std::string_view kWholeMember = R"("stream_options":{"include_usage":true},)";
constexpr std::string_view kLogprobsMember = R"("logprobs":true,)";

struct Edit {
  std::size_t begin;
  std::size_t end;
  std::string_view text;
};

bool is_empty_object(std::string_view value) {
  return value.find_first_not_of(" \t\r\n", 1) == value.size() - 1;
}

// openapi.yaml, ChatCompletionStreamOptions: {"include_usage": boolean} or null, only with "stream": true.
Edit usage_edit(const llm::ChatRequest& request) {
  const llm::ByteRange flag = request.include_usage_value;
  const llm::ByteRange options = request.stream_options;
  if (!flag.empty()) return {flag.begin, flag.end, "true"};
  // The body has members: "model" at least.
  if (options.empty()) return {request.object_begin, request.object_begin, kWholeMember};
  const std::string_view value = request.body.substr(options.begin, options.end - options.begin);
  if (value == "null") return {options.begin, options.end, kObject};
  return {options.begin + 1, options.begin + 1, is_empty_object(value) ? kOnlyMember : kFirstMember};
}

Edit logprobs_edit(const llm::ChatRequest& request) {
  const llm::ByteRange value = request.logprobs_value;
  if (!value.empty()) return {value.begin, value.end, "true"};
  return {request.object_begin, request.object_begin, kLogprobsMember};
}

}  // namespace

base::Result<bool> forward_body(const llm::ChatRequest& request, const Edits& edits, json::Splices& out) {
  out.reset(request.body);
  const bool inject = edits.ask_usage && request.stream && !request.include_usage;
  const llm::ByteRange model = request.model_value;
  std::array<Edit, 3> all;
  std::size_t count = 0;
  if (edits.ask_logprobs) all[count++] = logprobs_edit(request);
  if (inject) all[count++] = usage_edit(request);
  if (request.model != edits.model) all[count++] = {model.begin, model.end, edits.model};
  std::ranges::sort(std::span(all).first(count), {}, &Edit::begin);  // so few that it is an insertion sort

  bool good = true;
  for (std::size_t i = 0; i < count && good; ++i) {
    const auto& [begin, end, text] = all[i];
    const bool renames = begin == model.begin && end == model.end;
    good = renames ? out.replace_string(begin, end, text) : out.replace(begin, end, text);
  }
  if (!good) return base::fail(base::ErrorCode::kInternal, "the ranges of a request do not fit its body");
  return inject;
}

}  // namespace pointsman::wire::openai_chat
