#include "json/patch_ops.h"

#include <algorithm>

#include "json/scan_table.h"
#include "json/text.h"

namespace pointsman::json {
namespace {

std::size_t digits(std::size_t number) {
  std::size_t count = 1;
  for (; number > 9; number /= 10) ++count;
  return count;
}

}  // namespace

void PatchOps::reset() {
  ops_.clear();
  opened_.clear();
  depth_ = closes_ = 0;
  op_depth_ = kNoOp;
  string_ = OpenString::kNone;
  appending_ = visible_ = false;
}

// Comma and name of a value that becomes visible; opens an op on the innermost container if there is none.
PatchOps::Opened PatchOps::begin_value() {
  const bool member = is_object(depth_);
  if (op_depth_ == kNoOp) {
    if (closes_ > 0) ops_ += ",-" + std::to_string(closes_);
    closes_ = 0;
    ops_ += member ? ",{" : ",[";
    op_depth_ = depth_;
    first_ = true;
  }
  if (!first_) ops_ += ',';
  first_ = false;
  visible_ = true;
  if (!member) return {};
  Opened place{.is_member = true, .name_begin = ops_.size()};
  ops_ += '"';
  escape_characters(name_, ops_);
  ops_ += '"';
  place.name_end = ops_.size();
  ops_ += ':';
  return place;
}

void PatchOps::begin_container(bool object) {
  opened_.push_back(begin_value());
  ops_ += object ? '{' : '[';
  const std::uint64_t mask = std::uint64_t{1} << (static_cast<unsigned>(depth_) % 64);
  std::uint64_t& bits = objects_[static_cast<std::size_t>(depth_) / 64];
  bits = object ? bits | mask : bits & ~mask;
  ++depth_;
  first_ = true;
}

void PatchOps::end_container() {
  if (op_depth_ == kNoOp) {
    ++closes_;
  } else {
    ops_ += is_object(depth_) ? '}' : ']';
    if (op_depth_ == depth_) {  // the container the reader has open, and with it the op
      op_depth_ = kNoOp;
      closes_ = 1;
    } else {
      opened_.pop_back();
    }
  }
  --depth_;
  first_ = false;
}

void PatchOps::begin_string() {
  opened_.push_back(begin_value());
  ops_ += '"';
  string_ = OpenString::kInOp;
}

void PatchOps::string_piece(std::string_view text) {
  if (string_ == OpenString::kAtTip && !appending_) {
    ops_ += ",\"";
    appending_ = true;
  }
  escape_characters(text, ops_);
  visible_ = true;
}

void PatchOps::end_string() {
  if (string_ == OpenString::kInOp) {
    opened_.pop_back();
    ops_ += '"';
  } else {
    if (appending_) ops_ += '"';
    appending_ = false;
    closes_ = 1;
  }
  string_ = OpenString::kNone;
}

void PatchOps::number(std::string_view text) {
  begin_value();
  ops_ += text;
}

void PatchOps::literal(Literal which) {
  begin_value();
  ops_ += spelling(which);
}

// What makes the op being written whole.
void PatchOps::close_op(std::string& out) const {
  if (appending_ || string_ == OpenString::kInOp) out += '"';
  if (op_depth_ == kNoOp) return;
  for (int depth = depth_; depth >= op_depth_; --depth) out += is_object(depth) ? '}' : ']';
}

std::size_t PatchOps::size() const {
  std::size_t size = ops_.size();
  if (appending_ || string_ == OpenString::kInOp) ++size;
  if (op_depth_ != kNoOp) size += static_cast<std::size_t>(depth_ - op_depth_) + 1;
  std::size_t elements = 0;
  for (const Opened& one : opened_) {
    if (!one.is_member) {
      ++elements;
      continue;
    }
    if (elements > 0) size += 1 + digits(elements);
    elements = 0;
    size += 1 + one.name_end - one.name_begin;
  }
  return elements > 0 ? size + 1 + digits(elements) : size;
}

void PatchOps::take(std::string& out, bool goes_on) {
  out += ops_;
  close_op(out);
  std::size_t elements = 0;
  const auto enter_elements = [&] {
    if (elements > 0) out += "," + std::to_string(elements);
    elements = 0;
  };
  for (const Opened& one : opened_) {
    if (!goes_on) break;
    if (!one.is_member) {
      ++elements;
      continue;
    }
    enter_elements();
    out += ',';
    out.append(ops_, one.name_begin, one.name_end - one.name_begin);
  }
  enter_elements();
  ops_.clear();
  opened_.clear();
  op_depth_ = kNoOp;
  if (string_ == OpenString::kInOp) string_ = OpenString::kAtTip;
  appending_ = visible_ = false;
}

}  // namespace pointsman::json
