// Reads usage and finish reasons from a whole (not streamed) answer while its pieces go by, without keeping it.
//
// One per relayed answer, on its thread; reused. A byte automaton follows strings and nesting and keeps only the
// members that matter (at most 16 KiB of each), so it is exact for bodies of any size in bounded memory. It does not
// validate what it skips.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/document.h"
#include "wire/openai_chat/answer.h"

namespace pointsman::wire::openai_chat {

class BodyMeter final : public llm::Meter {
 public:
  // `document` is the thread's; it must outlive the meter.
  explicit BodyMeter(json::Document& document) : document_(document) {}

  void reset() override;
  std::span<const std::string_view> feed(std::string_view bytes) override;
  // The body ended. A body cut short or not an object sets observed().malformed.
  std::span<const std::string_view> finish() override;
  const Observed& observed() const override { return observed_; }

 private:
  enum class Member : std::uint8_t { kOther, kUsage, kError, kId, kModel, kChoices, kFinishReason };
  static constexpr std::size_t kMaxMember = 16U << 10;
  static constexpr std::size_t kMaxKey = 32;

  std::size_t string_bytes(std::string_view bytes);
  void outside(char c);
  void open(char bracket);
  void close();
  void colon();
  void end_of_value();
  void set_text(Member member, const json::RawString& text);
  void keep(std::string_view bytes);
  Member member_of_key() const;

  json::Document& document_;
  Observed observed_;
  std::string_view fed_;
  std::uint32_t depth_ = 0;
  std::array<char, 4> brackets_{};  // of the containers at depths 1 to 3
  bool in_string_ = false;
  bool escaped_ = false;
  bool expect_key_ = false;
  bool in_key_ = false;
  bool in_choices_ = false;
  bool complete_ = false;
  bool strange_ = false;  // not one object
  std::string key_;
  Member member_ = Member::kOther;  // being kept
  std::uint32_t member_depth_ = 0;
  std::string value_;
};

}  // namespace pointsman::wire::openai_chat
