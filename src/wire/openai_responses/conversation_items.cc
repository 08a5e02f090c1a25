#include <utility>

#include "wire/openai_responses/conversation_reading.h"
#include "wire/openai_responses/media.h"
#include "wire/openai_responses/sealed.h"

namespace pointsman::wire::openai_responses {

using llm::Part;
using llm::PartKind;
using llm::Role;

void ConversationReading::input(const Path& at) {
  if (cursor().skip_if_null()) return;
  if (cursor().peek() == '"') {
    llm::Message message;
    text(message.parts.emplace_back().text, at);
    out_.messages.push_back(std::move(message));
    return;
  }
  if (!expect('[', "a string or an array of items", at)) return;
  std::size_t index = 0;
  for (bool more = cursor().enter_array(); more; more = cursor().next_element()) item(at.element(index++));
}

void ConversationReading::item(const Path& at) {
  if (!expect('{', "an object", at) || !room(at)) return;
  const Label label = look_ahead(cursor());
  if (failed()) return;
  const auto is = [&label](std::string_view type) { return label.type.is(type); };
  if (label.has_type ? is("message") : label.has_role) return message(at, label);
  if (is("function_call")) return call(at, false);
  if (is("custom_tool_call")) return call(at, true);
  if (is("function_call_output")) return call_output(at, false);
  if (is("custom_tool_call_output")) return call_output(at, true);
  if (is("reasoning")) return thought(at);
  cursor().skip();
  lose(at.words() + ": " + (label.has_type ? short_text(label.type) : "item_reference"), false);
}

void ConversationReading::message(const Path& at, const Label& label) {
  llm::Message fresh;
  const auto is = [&label](std::string_view role) { return label.role.is(role); };
  if (is("system")) {
    fresh.role = Role::kSystem;
  } else if (is("developer")) {
    fresh.role = Role::kDeveloper;
  } else if (!is("user") && !is("assistant")) {
    return refuse("must be \"user\", \"assistant\", \"system\" or \"developer\"", at.member("role"));
  }
  llm::Message& message = is("assistant") ? assistant() : out_.messages.emplace_back(std::move(fresh));
  bool filled = false;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("content")) {
      if (std::exchange(filled, true)) return refuse("stands twice in the same object", at.member("content"));
      contents(at.member("content"), message.parts);
    } else if (key.is("phase")) {
      drop(at.member("phase"), true);
    } else if (key.is("type") || key.is("role") || key.is("id") || key.is("status")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  if (!filled) refuse("the member \"content\" is required", at.member("content"));
}

void ConversationReading::call(const Path& at, bool custom) {
  Part part;
  part.kind = PartKind::kToolCall;
  part.custom = custom;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("call_id")) {
      text(part.id, at.member("call_id"));
    } else if (key.is("name")) {
      text(part.name, at.member("name"));
    } else if (key.is(custom ? "input" : "arguments")) {
      text(part.arguments, at.member(custom ? "input" : "arguments"));
    } else if (key.is("type") || key.is("id") || key.is("status")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  if (part.id.empty()) return refuse("the member \"call_id\" is required", at.member("call_id"));
  if (part.name.empty()) return refuse("the member \"name\" is required", at.member("name"));
  assistant().parts.push_back(std::move(part));
}

void ConversationReading::call_output(const Path& at, bool custom) {
  Part part;
  part.kind = PartKind::kToolResult;
  part.custom = custom;
  bool filled = false;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("call_id")) {
      text(part.id, at.member("call_id"));
    } else if (key.is("output")) {
      if (std::exchange(filled, true)) return refuse("stands twice in the same object", at.member("output"));
      contents(at.member("output"), part.content);
    } else if (key.is("type") || key.is("id") || key.is("status") || key.is("name")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  if (part.id.empty()) return refuse("the member \"call_id\" is required", at.member("call_id"));
  llm::Message message{.role = Role::kTool, .name = {}, .parts = {}};
  message.parts.push_back(std::move(part));
  out_.messages.push_back(std::move(message));
}

// A reasoning item is one part for each of its texts. What proves it goes with the last.
void ConversationReading::thought(const Path& at) {
  std::vector<Part> said, summed_up;
  std::string id;
  Part proof;
  proof.kind = PartKind::kReasoning;
  for (bool more = cursor().enter_object(); more; more = cursor().next_member()) {
    const json::RawString& key = cursor().key();
    if (key.is("id")) {
      text(id, at.member("id"));
    } else if (key.is("summary")) {
      thought_texts(at.member("summary"), true, summed_up);
    } else if (key.is("content")) {
      thought_texts(at.member("content"), false, said);
    } else if (key.is("encrypted_content")) {
      const Path here = at.member("encrypted_content");
      std::string sealed;
      text(sealed, here);
      // OpenAI's own is of no use to another provider.
      if (!sealed.empty() && !unseal(sealed, proof)) lose(here.words(), true);
    } else if (key.is("type") || key.is("status")) {
      cursor().skip();
    } else {
      drop_unknown(at);
    }
  }
  std::vector<Part>& parts = assistant().parts;
  const std::size_t first = parts.size();
  for (std::vector<Part>* texts : {&summed_up, &said}) {
    for (Part& part : *texts) parts.push_back(std::move(part));
  }
  if (!proof.signature.empty() || !proof.opaque.empty()) {
    if (parts.size() == first) parts.push_back(proof);
    parts.back().signature = std::move(proof.signature);
    parts.back().opaque = std::move(proof.opaque);
  }
  for (std::size_t i = first; i < parts.size(); ++i) parts[i].id = id;
  if (parts.empty()) out_.messages.pop_back();  // it said nothing, and opened the message
}

void ConversationReading::thought_texts(const Path& at, bool summary, std::vector<Part>& parts) {
  if (cursor().skip_if_null() || !expect('[', "an array of texts", at)) return;
  std::size_t index = 0;
  for (bool more = cursor().enter_array(); more; more = cursor().next_element()) {
    const Path here = at.element(index++);
    if (!expect('{', "an object", here) || !room(here)) return;
    Part part;
    part.kind = PartKind::kReasoning;
    part.summary = summary;
    for (bool member = cursor().enter_object(); member; member = cursor().next_member()) {
      if (cursor().key_is("text")) {
        text(part.text, here.member("text"));
      } else if (cursor().key_is("type")) {
        cursor().skip();
      } else {
        drop_unknown(here);
      }
    }
    parts.push_back(std::move(part));
  }
}

// What was said, called and thought in a row is one message, as other protocols have it.
llm::Message& ConversationReading::assistant() {
  if (out_.messages.empty() || out_.messages.back().role != Role::kAssistant) {
    out_.messages.emplace_back().role = Role::kAssistant;
  }
  return out_.messages.back();
}

bool ConversationReading::room(const Path& at) {
  if (++parts_ <= kMaxParts) return true;
  refuse("the request has more than " + std::to_string(kMaxParts) + " items and parts", at, base::ErrorCode::kTooLarge);
  return false;
}

}  // namespace pointsman::wire::openai_responses
