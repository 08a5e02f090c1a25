// One reading of a request body: the inside of read_conversation().
//
// Lives on the stack of that call. conversation_reader.cc has the settings of the body, conversation_messages.cc the
// messages and their parts, conversation_tools.cc the tools. The first error counts; reading goes on behind it, which
// is harmless and bounded by the body.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/conversation.h"
#include "wire/json_value.h"
#include "wire/openai_chat/weight.h"
#include "wire/pointer.h"

namespace pointsman::wire::openai_chat {

class ConversationReading {
 public:
  explicit ConversationReading(llm::Conversation& out) : out_(out) {}

  base::Result<llm::Losses> run(const JsonValue& body);

 private:
  // conversation_reader.cc
  void limits(const JsonValue& completion, const JsonValue& old_name);
  void sampling(std::string_view name, const JsonValue& value, std::optional<std::string>& out);
  void stop(const JsonValue& value);
  void end_user(const JsonValue& user, const JsonValue& safety_identifier);
  void stream(const JsonValue& flag, const JsonValue& options);
  void reasoning(const JsonValue& effort, const JsonValue& object, const JsonValue& thinking);
  void reasoning_object(const JsonValue& object);
  void thinking(const JsonValue& object);
  void no_place(std::string_view name, const JsonValue& value);
  void response_format(const JsonValue& value);

  // conversation_messages.cc
  void messages(const JsonValue& value);
  void message(const JsonValue& value);
  void assistant(const std::array<JsonValue, 12>& members, llm::Message& out);
  void tool_calls(const JsonValue& value, llm::Message& out);
  void tool_result(const std::array<JsonValue, 12>& members, llm::Message& out);
  void function_result(const std::array<JsonValue, 12>& members, llm::Message& out);
  void content(const JsonValue& value, std::vector<llm::Part>& out);
  void content_part(const JsonValue& value, std::vector<llm::Part>& out);
  bool image(const JsonValue& value, llm::Media& out);
  bool audio(const JsonValue& value, llm::Media& out);
  bool file(const JsonValue& value, llm::Media& out);
  std::string legacy_call_id() const;

  // conversation_tools.cc
  void tools(const JsonValue& value);
  void tool(const JsonValue& value);
  void function_tool(const JsonValue& value, llm::Tool& out);
  void custom_tool(const JsonValue& value, llm::Tool& out);
  void functions(const JsonValue& value);
  void tool_choice(const JsonValue& value);
  void function_call(const JsonValue& value);

  // Each takes the value of the member `name`: absent values leave `out` alone, other kinds are refused.
  void text(std::string_view name, const JsonValue& value, std::string& out);
  void flag(std::string_view name, const JsonValue& value, std::optional<bool>& out);
  void integer(std::string_view name, const JsonValue& value, std::optional<std::int64_t>& out);
  // JSON text of an object.
  void object(std::string_view name, const JsonValue& value, std::string& out);

  // The members of an object in the order of `names`. Unknown ones are lost, one that stands twice is refused.
  template <std::size_t N>
  std::array<JsonValue, N> members(const JsonValue& value, const std::array<std::string_view, N>& names) {
    return members_of(value, names, [this](const json::RawString& name, const JsonValue&, bool known) {
      if (!known && is_full(losses_)) return;
      std::string decoded;
      json::unescape(name.raw.substr(0, LossSet::kLongest), decoded);
      if (known) {
        refuse("", "the member \"" + decoded + "\" stands twice in the same object");
      } else {
        lose(decoded, Weight::kReal);
      }
    });
  }

  // Notes that the member `name` of the object being read is lost; "" is that object itself, ": x" its
  // kind x.
  void lose(std::string_view name, Weight weight);
  void refuse(std::string_view name, std::string message, base::ErrorCode code = base::ErrorCode::kInvalidArgument);
  // Counts one more message, part, tool or sequence; false if it must not be read.
  bool room();

  llm::Conversation& out_;
  Pointer pointer_;
  std::optional<base::Error> error_;
  LossSet losses_;
  std::size_t pieces_ = 0;
  std::uint64_t legacy_calls_ = 0;  // calls of the kind that has no id
};

}  // namespace pointsman::wire::openai_chat
