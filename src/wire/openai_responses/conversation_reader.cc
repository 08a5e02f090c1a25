#include "wire/openai_responses/conversation_reader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "wire/openai_responses/conversation_reading.h"

namespace pointsman::wire::openai_responses {

struct ConversationReading::Member {
  std::string_view name;
  void (*read)(ConversationReading& r, const Path& at);
};

// openapi.yaml: CreateResponse and what it is made of. The penalties are of providers that took the API over.
const ConversationReading::Member ConversationReading::kMembers[] = {
    {"model", [](Self& r, const Path& at) { r.text(r.out_.model, at); }},
    {"input", [](Self& r, const Path& at) { r.input(at); }},
    {"instructions", [](Self& r, const Path& at) { r.text(r.instructions_, at); }},
    {"tools", [](Self& r, const Path& at) { r.tools(at); }},
    {"tool_choice", [](Self& r, const Path& at) { r.tool_choice(at); }},
    {"parallel_tool_calls", [](Self& r, const Path& at) { r.flag(r.out_.parallel_tool_calls, at); }},
    {"text", [](Self& r, const Path& at) { r.answer_text(at); }},
    {"reasoning", [](Self& r, const Path& at) { r.reasoning(at); }},
    {"max_output_tokens", [](Self& r, const Path& at) { r.integer(r.out_.max_output_tokens, at); }},
    {"temperature", [](Self& r, const Path& at) { r.number(r.out_.temperature, at); }},
    {"top_p", [](Self& r, const Path& at) { r.number(r.out_.top_p, at); }},
    {"presence_penalty", [](Self& r, const Path& at) { r.number(r.out_.presence_penalty, at); }},
    {"frequency_penalty", [](Self& r, const Path& at) { r.number(r.out_.frequency_penalty, at); }},
    {"top_logprobs", [](Self& r, const Path& at) { r.integer(r.out_.top_logprobs, at); }},
    {"include", [](Self& r, const Path& at) { r.include(at); }},
    {"stream", [](Self& r, const Path& at) { r.flag(r.stream_, at); }},
    {"stream_options", [](Self& r, const Path& at) { r.stream_options(at); }},
    {"store", [](Self& r, const Path& at) { r.flag(r.stored_, at); }},
    {"background", [](Self& r, const Path& at) { r.background(at); }},
    {"user", [](Self& r, const Path& at) { r.text(r.user_, at); }},
    {"safety_identifier", [](Self& r, const Path& at) { r.text(r.safety_identifier_, at); }},
    {"prompt_cache_key", [](Self& r, const Path& at) { r.text(r.out_.prompt_cache_key, at); }},
    {"service_tier", [](Self& r, const Path& at) { r.text(r.out_.service_tier, at); }},
    {"truncation", [](Self& r, const Path& at) { r.drop_unless("disabled", at, true); }},
    {"metadata", [](Self& r, const Path& at) { r.drop_filled(at, true); }},
    {"prompt_cache_retention", [](Self& r, const Path& at) { r.drop(at, true); }},
    {"prompt_cache_options", [](Self& r, const Path& at) { r.drop_filled(at, true); }},
    {"max_tool_calls", [](Self& r, const Path& at) { r.drop(at, true); }},  // bounds the built-in tools only
    {"previous_response_id", [](Self& r, const Path& at) { r.drop(at, false); }},
    {"conversation", [](Self& r, const Path& at) { r.drop(at, false); }},
    {"prompt", [](Self& r, const Path& at) { r.drop(at, false); }},
    {"moderation", [](Self& r, const Path& at) { r.drop(at, false); }},
    {"context_management", [](Self& r, const Path& at) { r.drop_filled(at, false); }},
};

base::Result<llm::Losses> read_conversation(std::string_view body, json::Document& document, llm::Conversation& out) {
  out = {};
  if (auto opened = document.open(body); !opened) return base::fail(std::move(opened).error());
  auto losses = ConversationReading(body, out).run(document);
  document.close();
  return losses;
}

base::Result<llm::Losses> ConversationReading::run(json::Document& document) {
  cursor() = document.root();
  const Path root;
  if (expect('{', "an object", root)) {
    for (bool more = cursor().enter_object(); more; more = cursor().next_member()) member(root);
    if (!failed()) conclude();
  }
  if (error()) return base::fail(*std::move(error()));
  if (!cursor().finished()) return base::fail(document.error());
  return losses().take();
}

void ConversationReading::member(const Path& root) {
  const auto* const found = std::ranges::find_if(kMembers, [this](const Member& m) { return cursor().key_is(m.name); });
  if (found == std::end(kMembers)) return drop_unknown(root);
  const auto index = static_cast<std::size_t>(found - std::begin(kMembers));
  const Path at = root.member(found->name);
  if (once(index, at)) found->read(*this, at);
}

bool ConversationReading::once(std::size_t member, const Path& at) {
  static_assert(std::size(kMembers) <= 64);
  const std::uint64_t bit = std::uint64_t{1} << member;
  if ((seen_ & bit) != 0) {
    refuse("stands twice in the same object", at);
    return false;
  }
  seen_ |= bit;
  return true;
}

void ConversationReading::reasoning(const Path& at) {
  if (cursor().skip_if_null() || !expect('{', "an object", at)) return;
  std::string older;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    if (cursor().key_is("effort")) {
      text(out_.reasoning.effort, at.member("effort"));
    } else if (cursor().key_is("summary")) {
      text(out_.reasoning.summary, at.member("summary"));
    } else if (cursor().key_is("generate_summary")) {
      text(older, at.member("generate_summary"));
    } else if (cursor().key_is("context")) {
      drop_unless("auto", at.member("context"), false);
    } else if (cursor().key_is("mode")) {
      drop_unless("standard", at.member("mode"), false);
    } else {
      drop_unknown(at);
    }
  }
  if (out_.reasoning.summary.empty()) out_.reasoning.summary = older;
}

// What an answer shall hold besides its text. What a reasoning item needs to come back is always in ours; the rest
// belongs to tools that only OpenAI runs.
void ConversationReading::include(const Path& at) {
  if (cursor().skip_if_null() || !expect('[', "an array of strings", at)) return;
  std::size_t index = 0;
  for (bool more = cursor().enter_array(); more; more = cursor().next_element()) {
    const Path here = at.element(index++);
    std::string what;
    if (expect('"', "a string", here)) text(what, here);
    if (what == "message.output_text.logprobs") {
      out_.logprobs = true;
    } else if (what != "reasoning.encrypted_content" && !failed()) {
      lose(here.words() + ": " + what.substr(0, 64), true);
    }
  }
}

void ConversationReading::stream_options(const Path& at) {
  if (cursor().skip_if_null() || !expect('{', "an object", at)) return;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    if (!cursor().key_is("include_obfuscation")) {
      drop_unknown(at);
      continue;
    }
    const Path here = at.member("include_obfuscation");
    std::optional<bool> padded;
    flag(padded, here);
    if (padded.value_or(false)) lose(here.words(), true);
  }
}

// Its answer would have to be fetched later, from us.
void ConversationReading::background(const Path& at) {
  std::optional<bool> later;
  flag(later, at);
  if (later.value_or(false)) refuse("work in the background is not supported", at, base::ErrorCode::kUnsupported);
}

void ConversationReading::conclude() {
  if (!instructions_.empty()) {
    llm::Message message{.role = llm::Role::kSystem, .name = {}, .parts = {}};
    message.parts.emplace_back().text = std::move(instructions_);
    out_.messages.insert(out_.messages.begin(), std::move(message));
  }
  const Path root;
  if (out_.model.empty()) return refuse("the member \"model\" is required", root.member("model"));
  if (out_.messages.empty()) {
    return refuse("without any message in it, the request cannot be put to a model of another provider",
                  root.member("input"));
  }
  out_.stream = stream_.value_or(false);
  // The answer is given once and not kept.
  if (stored_.value_or(true)) lose("store", true);
  if (!user_.empty() && !safety_identifier_.empty() && user_ != safety_identifier_) lose("user", true);
  out_.user = safety_identifier_.empty() ? std::move(user_) : std::move(safety_identifier_);
  if (!out_.logprobs && out_.top_logprobs) {  // has no effect without the "include"
    if (*out_.top_logprobs != 0) lose("top_logprobs", true);
    out_.top_logprobs.reset();
  }
  if (only_allowed_) allow_only(root.member("tool_choice").member("tools"));
}

}  // namespace pointsman::wire::openai_responses
