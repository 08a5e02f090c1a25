// One walk over a Chat Completions body: the inside of read_chat_request().
//
// Lives on the stack of that call. request.cc has the members of the body, messages.cc those of messages and parts.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "llm/token_estimate.h"
#include "wire/openai_chat/pointer.h"
#include "wire/openai_chat/request.h"

namespace pointsman::wire::openai_chat {

class Reading {
 public:
  Reading(Reader& reader, llm::ChatRequest& out) : reader_(reader), out_(out) {}

  base::Result<void> run(std::string_view body);

 private:
  enum class Role : std::uint8_t { kSystem, kUser, kAssistant, kTool, kOther };
  // A content value we come back to once all messages are known.
  struct Place {
    json::Cursor::Mark mark;
    bool present = false;
  };
  struct Message {
    bool has_role = false;
    Role role = Role::kOther;
    Place content;
  };
  struct Part {
    json::RawString type;
    bool has_type = false;
    bool has_text = false;
    std::int64_t other_bytes = 0;  // members we do not interpret
    json::RawString text;
  };

  base::Result<void> walk();
  void body_members();
  void body_member(std::size_t member);
  void model();
  void end_user(bool newer);
  void stream_options();
  void response_format();
  void modalities();
  void tools(llm::Capability capability);
  void count_choices();
  void output_limit(std::int64_t& limit);
  void conclude();

  void messages();
  void message();
  Message message_members();
  void role(Message& message);
  void content();
  void content_part();
  void part_members(Part& part);
  void judge_part(const Part& part);
  void note(const Message& message);
  void add_text(const json::RawString& text);
  void add_bytes(std::size_t bytes);
  // Sets reader_.parts to the texts of a content value already walked.
  void collect(Place place);
  void hash_text(Place place);

  // A member we interpret may stand once. False, and the walk ends, at the second.
  bool once(std::uint32_t& seen, std::size_t member, std::string_view name);
  void flag(bool& out);
  bool integer(std::int64_t& out);
  bool expect(char first, std::string_view what);
  bool string(json::RawString& out, std::string_view what);
  // Skips a value and returns how long it is.
  std::size_t skip();
  void refuse(std::string message);

  Reader& reader_;
  llm::ChatRequest& out_;
  json::Cursor cursor_;
  Pointer pointer_;
  std::optional<base::Error> error_;
  llm::TokenEstimate text_tokens_;
  std::int64_t flat_tokens_ = 0;
  std::uint32_t seen_ = 0;
  bool parallel_tools_ = false;
  std::int64_t max_tokens_ = 0;
  std::int64_t max_completion_tokens_ = 0;
  Place first_user_, last_user_, previous_user_;
};

// Index of the cursor's key among `names`, or names.size().
template <std::size_t N>
std::size_t member_index(const json::Cursor& cursor, const std::array<std::string_view, N>& names) {
  std::size_t i = 0;
  while (i < N && !cursor.key_is(names[i])) ++i;
  return i;
}

}  // namespace pointsman::wire::openai_chat
