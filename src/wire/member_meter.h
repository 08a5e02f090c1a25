// Watches a whole (not streamed) JSON body go by in pieces and gives the values of a few of its members, without
// keeping the body: the base of the protocols' meters for whole answers.
//
// One per relayed answer, on its thread; reused. A byte automaton follows strings and nesting and keeps only the
// members that its table names (at most kMaxMember of each), so it is exact for bodies of any size in bounded memory.
// It does not validate what it skips. A body cut short, or that is not one object, sets observed().malformed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "json/document.h"
#include "llm/observed.h"

namespace pointsman::wire {

class MemberMeter : public llm::Meter {
 public:
  // One member that matters: of the body itself, or of the objects in the body's array of that name.
  struct Member {
    std::string_view name;
    std::string_view array = {};
  };
  static constexpr std::size_t kMaxMember = 16U << 10;

  void reset() override;
  std::span<const std::string_view> feed(std::string_view bytes) override;
  std::span<const std::string_view> finish() override;
  const llm::Observed& observed() const override { return observed_; }

 protected:
  // `table` and `document`, which is the thread's, must outlive the meter. Names have no escapes.
  MemberMeter(std::span<const Member> table, json::Document& document) : table_(table), document_(document) {}

  // Each time the member table[index] went by: a string, or anything else, which the taker consumes.
  virtual void take_text(std::size_t index, const json::RawString& text) = 0;
  virtual void take_value(std::size_t index, json::Cursor& value) = 0;
  // It was longer than kMaxMember and cannot be given.
  virtual void take_cut(std::size_t index) = 0;

  llm::Observed observed_;

 private:
  static constexpr std::size_t kNone = ~std::size_t{0};
  static constexpr std::size_t kMaxKey = 32;

  std::size_t string_bytes(std::string_view bytes);
  void outside(char c);
  void open(char bracket);
  void close();
  void colon();
  void end_of_value();
  void keep(std::string_view bytes);
  std::size_t member_of_key() const;
  std::string_view array_of_key() const;

  std::span<const Member> table_;
  json::Document& document_;
  std::string_view fed_;
  std::uint32_t depth_ = 0;
  std::array<char, 4> brackets_{};  // of the containers at depths 1 to 3
  bool in_string_ = false;
  bool escaped_ = false;
  bool expect_key_ = false;
  bool in_key_ = false;
  bool complete_ = false;
  bool strange_ = false;    // not one object
  std::string_view array_;  // the array of the table that we are in
  std::string key_;
  std::size_t member_ = kNone;  // being kept
  std::uint32_t member_depth_ = 0;
  std::string value_;
};

}  // namespace pointsman::wire
