// One walk over a Chat Completions body: the inside of read_chat_request().
//
// Lives on the stack of that call. request.cc has the members of the body, messages.cc those of messages and parts.
#pragma once

#include <array>
#include <optional>
#include <span>

#include "wire/openai_chat/request.h"

namespace pointsman::wire::openai_chat {

class Reading final : private BodyReading {
 public:
  Reading(ReadingSpace& space, llm::ChatRequest& out) : BodyReading(space, out) {}

  base::Result<void> read(std::string_view body) { return run(body); }

 private:
  enum class Role : std::uint8_t { kSystem, kUser, kAssistant, kTool, kOther };
  struct Message {
    bool has_role = false;
    Role role = Role::kOther;
    llm::PieceRole speaker = llm::PieceRole::kOther;
    Place content;
  };
  struct Part {
    json::RawString type;
    bool has_type = false;
    bool has_text = false;
    std::int64_t other_bytes = 0;  // members we do not interpret
    json::RawString text;
    llm::PromptPiece media;  // an image, a file or sounds
  };

  void members() override;
  void body_member(std::size_t member);
  void end_user(bool newer);
  void stream_options();
  void response_format();
  void modalities();
  void tools(llm::Capability capability);
  void count_choices();
  void output_limit(std::int64_t& limit);
  void other_body_member();
  void conclude() override;

  void messages();
  void message();
  Message message_members();
  void role(Message& message);
  void other_member();
  void calls();
  void call();
  void content();
  void content_part();
  void part_members(Part& part);
  void media_member(Part& part);
  void media_object(llm::PromptPiece& media);
  void judge_part(const Part& part);
  void note(const Message& message);

  std::uint32_t seen_ = 0;
  bool parallel_tools_ = false;
  std::int64_t max_tokens_ = 0;
  std::int64_t max_completion_tokens_ = 0;
  Place first_user_, last_user_, previous_user_;
};

}  // namespace pointsman::wire::openai_chat
