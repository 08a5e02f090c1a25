// One walk over a Responses body: the inside of read_responses_request().
//
// Lives on the stack of that call. request.cc has the members of the body, items.cc those of "input".
#pragma once

#include <cstdint>

#include "wire/openai_responses/request.h"

namespace pointsman::wire::openai_responses {

class Reading final : private BodyReading {
 public:
  Reading(ReadingSpace& space, llm::ChatRequest& out) : BodyReading(space, out) {}

  base::Result<void> read(std::string_view body) { return run(body); }

 private:
  struct Item {
    json::RawString type;
    json::RawString role;
    bool has_type = false;
    Place content;
  };
  struct Part {
    json::RawString type;
    json::RawString text;
    bool has_text = false;
    std::int64_t other_bytes = 0;  // members we do not interpret
    llm::PromptPiece media;        // an image, a file or sounds
  };

  void members() override;
  void body_member(std::size_t member);
  void instructions();
  void tools();
  void tool();
  void answer_text();
  void answer_format();
  void include();
  void background();
  void end_user(bool newer);
  // Part of the prompt is in the provider's store; `name`: gets the hash of what it is called there.
  void context_elsewhere(std::uint64_t* name);
  void conclude() override;

  void input();
  void item();
  void item_members(Item& item);
  void other_item_member();
  llm::PieceRole speaker(const Item& item, std::size_t piece);
  void note(const Item& item);
  void content();
  void part();
  void part_members(Part& part);
  void media_member(Part& part);
  void judge(const Part& part);

  std::uint32_t seen_ = 0;
  bool parallel_tools_ = false;
  bool elsewhere_ = false;  // the conversation is, or may be, in the provider's store
  std::uint64_t stored_conversation_ = 0;
  Place instructions_, first_user_, last_user_, previous_user_;
};

}  // namespace pointsman::wire::openai_responses
