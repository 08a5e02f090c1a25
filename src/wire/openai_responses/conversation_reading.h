// One walk over a Responses body: the inside of read_conversation().
//
// Lives on the stack of that call. conversation_reader.cc has the members of the body, conversation_items.cc those of
// "input", conversation_tools.cc tools and the format of the answer.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "wire/openai_responses/body_reader.h"
#include "wire/openai_responses/conversation_reader.h"

namespace pointsman::wire::openai_responses {

class ConversationReading : private BodyReader {
 public:
  ConversationReading(std::string_view body, llm::Conversation& out) : BodyReader(body), out_(out) {}

  base::Result<llm::Losses> run(json::Document& document);

 private:
  using Self = ConversationReading;
  struct Member;
  static const Member kMembers[];

  void member(const Path& root);
  void reasoning(const Path& at);
  void include(const Path& at);
  void stream_options(const Path& at);
  void background(const Path& at);
  void conclude();
  bool once(std::size_t member, const Path& at);

  void input(const Path& at);
  void item(const Path& at);
  void message(const Path& at, const Label& label);
  void call(const Path& at, bool custom);
  void call_output(const Path& at, bool custom);
  void thought(const Path& at);
  void thought_texts(const Path& at, bool summary, std::vector<llm::Part>& parts);
  void contents(const Path& at, std::vector<llm::Part>& parts);
  void content(const Path& at, std::vector<llm::Part>& parts);
  void text_part(const Path& at, llm::Part& part, bool refusal);
  void image_part(const Path& at, llm::Part& part);
  void file_part(const Path& at, llm::Part& part);
  void audio_part(const Path& at, llm::Part& part);
  void part_extra(const Path& at);
  llm::Message& assistant();
  bool room(const Path& at);

  void tools(const Path& at);
  void tool(const Path& at);
  void function_tool(const Path& at);
  void custom_tool(const Path& at);
  void custom_format(const Path& at, llm::Tool& tool);
  void tool_choice(const Path& at);
  void named_tool(const Path& at);
  void allowed_tools(const Path& at);
  void allow_only(const Path& at);
  void answer_text(const Path& at);
  void answer_format(const Path& at);

  llm::Conversation& out_;
  std::uint64_t seen_ = 0;
  std::size_t parts_ = 0;
  std::string instructions_;
  std::string user_;
  std::string safety_identifier_;
  std::optional<bool> stream_;
  std::optional<bool> stored_;
  bool only_allowed_ = false;  // tool_choice: allowed_tools
  std::vector<std::string> allowed_;
};

}  // namespace pointsman::wire::openai_responses
