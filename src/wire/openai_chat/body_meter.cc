#include "wire/openai_chat/body_meter.h"

#include <algorithm>
#include <utility>

namespace pointsman::wire::openai_chat {

void BodyMeter::reset() {
  observed_.clear();
  depth_ = member_depth_ = 0;
  in_string_ = escaped_ = expect_key_ = in_key_ = in_choices_ = complete_ = strange_ = false;
  key_.clear();
  member_ = Member::kOther;
  value_.clear();
}

void BodyMeter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_string_) {
      bytes.remove_prefix(string_bytes(bytes));
    } else {
      outside(bytes.front());
      bytes.remove_prefix(1);
    }
  }
}

// Consumes bytes of the string we are in, its closing quote included; returns how many.
std::size_t BodyMeter::string_bytes(std::string_view bytes) {
  std::size_t size = 0;
  while (size < bytes.size() && in_string_) {
    const char c = bytes[size++];
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
  }
  keep(bytes.substr(0, size));
  if (in_key_) {
    const std::size_t text = in_string_ ? size : size - 1;
    key_ += bytes.substr(0, std::min(text, kMaxKey - std::min(kMaxKey, key_.size())));
    in_key_ = in_string_;
  }
  return size;
}

void BodyMeter::outside(char c) {
  if (complete_ && c != ' ' && c != '\t' && c != '\n' && c != '\r') strange_ = true;
  switch (c) {
    case '"':
      in_string_ = true;
      if (depth_ == 0) strange_ = true;
      in_key_ = expect_key_ && (depth_ == 1 || depth_ == 3);
      if (in_key_) key_.clear();
      return keep("\"");
    case '{':
    case '[':
      keep({&c, 1});
      return open(c);
    case '}':
    case ']':
      if (depth_ == member_depth_) end_of_value();
      keep({&c, 1});
      return close();
    case ':':
      if (member_ != Member::kOther) return keep(":");
      return colon();
    case ',':
      if (depth_ == member_depth_) end_of_value();
      expect_key_ = depth_ < brackets_.size() && brackets_[depth_] == '{';
      return keep(",");
    default:
      keep({&c, 1});
  }
}

void BodyMeter::open(char bracket) {
  if (depth_ == 0 && bracket != '{') strange_ = true;
  ++depth_;
  if (depth_ < brackets_.size()) brackets_[depth_] = bracket;
  expect_key_ = bracket == '{';
}

void BodyMeter::close() {
  if (depth_ == 0) {
    strange_ = true;
    return;
  }
  --depth_;
  expect_key_ = false;
  if (depth_ == 1) in_choices_ = false;
  if (depth_ == 0) complete_ = true;
}

void BodyMeter::colon() {
  expect_key_ = false;
  if (depth_ == 1) {
    member_ = member_of_key();
    in_choices_ = member_ == Member::kChoices;
    if (in_choices_) member_ = Member::kOther;
  } else if (depth_ == 3 && in_choices_ && brackets_[2] == '[' && brackets_[3] == '{' && key_ == "finish_reason") {
    member_ = Member::kFinishReason;
  }
  key_.clear();
  member_depth_ = member_ == Member::kOther ? 0 : depth_;
  value_.clear();
}

BodyMeter::Member BodyMeter::member_of_key() const {
  if (key_ == "usage") return Member::kUsage;
  if (key_ == "error") return Member::kError;
  if (key_ == "id") return Member::kId;
  if (key_ == "model") return Member::kModel;
  return key_ == "choices" ? Member::kChoices : Member::kOther;
}

void BodyMeter::keep(std::string_view bytes) {
  if (member_ == Member::kOther) return;
  value_ += bytes.substr(0, kMaxMember - std::min(kMaxMember, value_.size()));
}

void BodyMeter::end_of_value() {
  const Member member = std::exchange(member_, Member::kOther);
  member_depth_ = 0;
  if (member == Member::kOther) return;
  if (!document_.open(value_)) {
    observed_.malformed = true;
    return;
  }
  json::Cursor cursor = document_.root();
  json::RawString text;
  if (member == Member::kUsage && cursor.peek() == '{') {
    read_usage(cursor, observed_.usage);
  } else if (member == Member::kError) {
    observed_.error = observed_.error || cursor.peek() != 'n';
    cursor.skip();
  } else if (cursor.read_string(text)) {
    if (member == Member::kId) set_name(text, observed_.id);
    if (member == Member::kModel) set_name(text, observed_.model);
    if (member == Member::kFinishReason) observed_.add_finish_reason(text);
  } else {
    cursor.skip();
  }
  if (!cursor.finished()) observed_.malformed = true;
  document_.close();
}

void BodyMeter::finish() {
  if (!complete_ || strange_) observed_.malformed = true;
}

}  // namespace pointsman::wire::openai_chat
