// The bodies of IncrementalScanner, included by its header and by nothing else.
//
// Every step takes a place in the bytes being fed and returns the place behind what it took; end_ stops the loop, also
// after a fault. What a step leaves unfinished is in the members, never on the stack.
#pragma once

#include "json/incremental_scanner.h"
#include "json/text.h"

namespace pointsman::json {

template <ScanSink Sink>
bool IncrementalScanner<Sink>::feed(std::string_view bytes) {
  if (failed()) return false;
  begin_ = bytes.data();
  end_ = begin_ + bytes.size();
  for (const char* p = begin_; p != end_;) p = step(p);
  if (failed()) return false;
  fed_ += bytes.size();
  begin_ = end_ = nullptr;
  return true;
}

template <ScanSink Sink>
bool IncrementalScanner<Sink>::finish() {
  if (state_ == State::kNumber && depth_ == 0 && may_end(number_part_)) {
    sink_.number(number_);
    state_ = State::kDone;
  }
  return complete();
}

template <ScanSink Sink>
void IncrementalScanner<Sink>::reset() {
  state_ = State::kValue;
  fed_ = value_offset_ = 0;
  depth_ = 0;
  high_ = 0;
  name_pending_ = in_name_ = false;
  number_.clear();
  fault_.reset();
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::step(const char* p) {
  switch (state_) {  // places where every byte counts
    case State::kString:
      return string(p);
    case State::kNumber:
      return number(p);
    case State::kLiteral:
      return literal(p);
    case State::kEscape:
      return escape(p);
    case State::kHex:
      return hex(p);
    case State::kCharacter:
      return character(p);
    default:
      break;
  }
  while (is_json_space(*p)) {
    if (++p == end_) return p;
  }
  switch (state_) {  // places where white space may stand
    case State::kValue:
      return value(p);
    case State::kFirstElement:
      return first_element(p);
    case State::kElement:
      return *p == ']' ? fail(p, "a value must follow ','") : value(p);
    case State::kFirstName:
      return *p == '}' ? close(p) : name(p);
    case State::kName:
      return name(p);
    case State::kColon:
      if (*p != ':') return fail(p, "expected ':' after a member name");
      state_ = State::kValue;
      return p + 1;
    case State::kAfter:
      return after(p);
    default:
      return fail(p, "unexpected text after the document");
  }
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::value(const char* p) {
  value_offset_ = offset_of(p);
  switch (*p) {
    case '{':
      return open(p, true);
    case '[':
      return open(p, false);
    case '"':
      announce();
      sink_.begin_string();
      in_name_ = false;
      state_ = State::kString;
      return p + 1;
    case 't':
      begin_literal(Literal::kTrue);
      return p + 1;
    case 'f':
      begin_literal(Literal::kFalse);
      return p + 1;
    case 'n':
      begin_literal(Literal::kNull);
      return p + 1;
    default:
      break;
  }
  if (*p != '-' && (*p < '0' || *p > '9')) return fail(p, "expected a value");
  announce();
  sink_.begin_number();
  state_ = State::kNumber;
  number_part_ = *p == '-' ? NumberPart::kMinus : *p == '0' ? NumberPart::kZero : NumberPart::kInteger;
  number_.assign(1, *p);
  return p + 1;
}

template <ScanSink Sink>
void IncrementalScanner<Sink>::begin_literal(Literal which) {
  announce();
  sink_.begin_literal(which);
  literal_ = which;
  matched_ = 1;
  state_ = State::kLiteral;
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::literal(const char* p) {
  const std::string_view word = spelling(literal_);
  for (; p != end_ && matched_ < word.size(); ++p, ++matched_) {
    if (*p != word[matched_]) {
      return fail_at(value_offset_, "expected a value (true, false or null in lower case?)");
    }
  }
  if (matched_ == word.size()) {
    sink_.literal(literal_);
    behind_value();
  }
  return p;
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::first_element(const char* p) {
  return *p == ']' ? close(p) : value(p);
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::name(const char* p) {
  if (*p != '"') return fail(p, "expected a member name in double quotes");
  name_.clear();
  name_offset_ = offset_of(p);
  in_name_ = true;
  state_ = State::kString;
  return p + 1;
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::after(const char* p) {
  const bool object = in_object();
  if (*p == ',') {
    state_ = object ? State::kName : State::kElement;
    return p + 1;
  }
  if (*p == (object ? '}' : ']')) return close(p);
  return fail(p, object ? "expected ',' or '}' after a member" : "expected ',' or ']' after an element");
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::open(const char* p, bool object) {
  if (depth_ == kMaxDepth) return fail(p, "nested deeper than 128 levels");
  static_assert(kMaxDepth == 128);
  announce();
  const std::uint64_t mask = std::uint64_t{1} << bit(depth_);
  std::uint64_t& bits = objects_[word(depth_)];
  bits = object ? bits | mask : bits & ~mask;
  ++depth_;
  state_ = object ? State::kFirstName : State::kFirstElement;
  if (object) {
    sink_.begin_object();
  } else {
    sink_.begin_array();
  }
  return p + 1;
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::close(const char* p) {
  const bool object = in_object();
  --depth_;
  if (object) {
    sink_.end_object();
  } else {
    sink_.end_array();
  }
  behind_value();
  return p + 1;
}

// Runs of whole characters go out as they lie there; anything else ends the run.
template <ScanSink Sink>
const char* IncrementalScanner<Sink>::string(const char* p) {
  if (high_ != 0 && *p != '\\') emit_lone_surrogate();
  const char* const run = p;
  while (p != end_) {
    const auto c = static_cast<unsigned char>(*p);
    if (kPlainInString[c]) [[likely]] {
      ++p;
      continue;
    }
    int length = 0;
    if (c >= 0x80) length = utf8_length({p, static_cast<std::size_t>(end_ - p)});
    if (length <= 0) {
      emit(run, p);
      if (c == '"') return end_string(p);
      if (c == '\\') {
        state_ = failed() ? state_ : State::kEscape;
        escape_offset_ = offset_of(p);
        return failed() ? end_ : p + 1;
      }
      if (c < 0x80) return fail(p, "a control character in a string must be escaped");
      if (length == 0) return fail(p, "these bytes are not UTF-8");
      if (failed()) return end_;
      state_ = State::kCharacter;
      matched_ = 0;
      return character(p);
    }
    p += length;
  }
  emit(run, p);
  return p;
}

// The bytes of a character that a feed ended in.
template <ScanSink Sink>
const char* IncrementalScanner<Sink>::character(const char* p) {
  while (p != end_) {
    character_[matched_++] = *p++;
    const int length = utf8_length({character_.data(), matched_});
    if (length == 0) return fail_at(offset_of(p) - matched_, "these bytes are not UTF-8");
    if (length > 0) {
      state_ = State::kString;
      emit(character_.data(), character_.data() + length);
      return failed() ? end_ : p;
    }
  }
  return p;
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::end_string(const char* p) {
  if (failed()) return end_;
  if (in_name_) {
    name_pending_ = true;
    state_ = State::kColon;
  } else {
    sink_.end_string();
    behind_value();
  }
  return p + 1;
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::escape(const char* p) {
  if (*p == 'u') {
    state_ = State::kHex;
    matched_ = 0;
    unit_ = 0;
    return p + 1;
  }
  const char decoded = simple_escape(*p);
  if (decoded == '\0') return fail_at(escape_offset_, "unknown escape in a string");
  state_ = State::kString;
  emit_lone_surrogate();
  emit(&decoded, &decoded + 1);
  return failed() ? end_ : p + 1;
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::hex(const char* p) {
  for (; p != end_ && matched_ < 4; ++p, ++matched_) {
    const int digit = hex_digit(*p);
    if (digit < 0) return fail_at(escape_offset_, "'\\u' must be followed by four hexadecimal digits");
    unit_ = unit_ * 16 + static_cast<std::uint32_t>(digit);
  }
  if (matched_ < 4) return p;
  state_ = State::kString;
  const bool low = unit_ >= 0xDC00 && unit_ < 0xE000;
  if (low && high_ != 0) {
    emit_code(0x10000 + ((high_ - 0xD800) << 10) + (unit_ - 0xDC00));
    high_ = 0;
  } else {
    emit_lone_surrogate();
    if (unit_ >= 0xD800 && unit_ < 0xDC00) {
      high_ = unit_;
    } else {
      emit_code(low ? kReplacement : unit_);
    }
  }
  return failed() ? end_ : p;
}

template <ScanSink Sink>
void IncrementalScanner<Sink>::emit_code(std::uint32_t code) {
  std::array<char, 4> bytes{};
  emit(bytes.data(), bytes.data() + encode_utf8(code, bytes));
}

template <ScanSink Sink>
void IncrementalScanner<Sink>::emit(const char* begin, const char* end) {
  if (begin == end || failed()) return;
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  if (!in_name_) {
    sink_.string_piece(text);
  } else if (name_.size() + text.size() > limits_.name_bytes) {
    fail_at(name_offset_, "a member name is too long");
  } else {
    name_ += text;
  }
}

template <ScanSink Sink>
const char* IncrementalScanner<Sink>::number(const char* p) {
  const char* const run = p;
  NumberPart next = number_part_;
  for (; p != end_; ++p) {
    next = next_part(number_part_, *p);
    if (next >= NumberPart::kEnd) break;
    number_part_ = next;
  }
  if (!keep_number(run, p)) return end_;
  if (p == end_) return p;
  if (next == NumberPart::kBad) return fail(p, number_fault(number_part_));
  sink_.number(number_);
  behind_value();
  return p;
}

template <ScanSink Sink>
bool IncrementalScanner<Sink>::keep_number(const char* begin, const char* end) {
  const auto size = static_cast<std::size_t>(end - begin);
  if (number_.size() + size > limits_.number_bytes) {
    fail_at(value_offset_, "a number is too long");
    return false;
  }
  number_.append(begin, size);
  return true;
}

}  // namespace pointsman::json
