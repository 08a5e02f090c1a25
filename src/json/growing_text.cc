#include "json/growing_text.h"

#include <algorithm>
#include <vector>

#include "json/characters.h"
#include "json/scan_table.h"
#include "json/text.h"

namespace pointsman::json {
namespace {

// Copies compact JSON that we wrote ourselves and takes repeated names out of it: the last value, in the place of the
// first. An object with repeated names is written twice, so a text of depth d costs at most d times its length.
class Deduplication {
 public:
  Deduplication(std::string_view text, std::string& out) : text_(text), out_(out) {}

  void run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        copy_string();
        continue;
      }
      if (c == '}' || c == ']') end_container();
      if (c == ',') end_member();
      out_ += c;
      ++at_;
      if (c == '{' || c == '[') containers_.push_back({.is_object = c == '{', .first_member = members_.size()});
      if (c == '{' || c == ',') begin_member();
    }
  }

 private:
  struct Member {  // offsets in out_
    std::size_t begin;
    std::size_t name_end;
    std::size_t end;
  };
  struct Container {
    bool is_object;
    std::size_t first_member;  // in members_
  };

  std::string_view name(const Member& member) const {
    return std::string_view(out_).substr(member.begin, member.name_end - member.begin);
  }
  void copy_string() {
    std::size_t end = at_ + 1;
    while (text_[end] != '"') end += text_[end] == '\\' ? 2U : 1U;
    out_ += text_.substr(at_, end + 1 - at_);
    at_ = end + 1;
  }
  void begin_member() {
    if (!containers_.back().is_object || text_[at_] != '"') return;
    const std::size_t begin = out_.size();
    copy_string();
    members_.push_back({.begin = begin, .name_end = out_.size(), .end = out_.size()});
  }
  void end_member() {
    if (containers_.back().is_object) members_.back().end = out_.size();
  }
  void end_container() {
    const Container closed = containers_.back();
    if (members_.size() > closed.first_member + 1) {
      end_member();
      if (sort_names(closed.first_member)) rewrite(closed.first_member);
    }
    members_.resize(closed.first_member);
    containers_.pop_back();
  }

  // Whether any two members from `first` on have the same name. By sorting: no names can be chosen to make this slow.
  bool sort_names(std::size_t first) {
    by_name_.clear();
    for (std::size_t i = first; i < members_.size(); ++i) by_name_.push_back(i);
    std::ranges::sort(by_name_, [this](std::size_t a, std::size_t b) {
      const int order = name(members_[a]).compare(name(members_[b]));
      return order != 0 ? order < 0 : a < b;
    });
    for (std::size_t i = 1; i < by_name_.size(); ++i) {
      if (name(members_[by_name_[i - 1]]) == name(members_[by_name_[i]])) return true;
    }
    return false;
  }

  void rewrite(std::size_t first) {
    std::vector<std::pair<std::size_t, std::size_t>> kept;  // first mention, last mention
    for (const std::size_t member : by_name_) {
      if (!kept.empty() && name(members_[kept.back().second]) == name(members_[member])) {
        kept.back().second = member;
      } else {
        kept.emplace_back(member, member);
      }
    }
    std::ranges::sort(kept);
    std::string body;
    for (const auto& [mention, last] : kept) {
      if (!body.empty()) body += ',';
      body += std::string_view(out_).substr(members_[last].begin, members_[last].end - members_[last].begin);
    }
    out_.resize(members_[first].begin);
    out_ += body;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string& out_;
  std::vector<Container> containers_;
  std::vector<Member> members_;
  std::vector<std::size_t> by_name_;
};

constexpr std::size_t kLongestEscape = 6;

}  // namespace

void GrowingText::reset() {
  text_.clear();
  shown_ = nodes_ = 0;
  depth_ = 0;
  first_ = true;
  after_key_ = in_string_ = false;
  over_limit_ = {};
}

bool GrowingText::add(std::string_view text) {
  if (!over_limit_.empty()) return false;
  if (text_.size() + text.size() > limits_.bytes) {
    over_limit_ = "the value is too large";
    return false;
  }
  text_ += text;
  return true;
}

// Character by character near the limit, so that what is kept does not depend on how the text was cut.
std::size_t GrowingText::add_escaped(std::string_view text) {
  if (!over_limit_.empty()) return 0;
  if (text_.size() + kLongestEscape * text.size() <= limits_.bytes) {
    escape_characters(text, text_);
    return text.size();
  }
  std::string one;
  std::size_t taken = 0;
  while (taken < text.size()) {
    const auto length = static_cast<std::size_t>(utf8_length(text.substr(taken)));
    one.clear();
    escape_characters(text.substr(taken, length), one);
    if (!add(one)) break;
    taken += length;
  }
  return taken;
}

bool GrowingText::begin_value() {
  if (nodes_ == limits_.nodes && over_limit_.empty()) over_limit_ = "the value has too many parts";
  if (!over_limit_.empty()) return false;
  ++nodes_;
  if (!after_key_ && !first_ && !add(",")) return false;
  after_key_ = first_ = false;
  return true;
}

void GrowingText::open(char bracket, bool object) {
  if (!begin_value() || !add({&bracket, 1})) return;
  const std::uint64_t mask = std::uint64_t{1} << (static_cast<unsigned>(depth_) % 64);
  std::uint64_t& bits = objects_[static_cast<std::size_t>(depth_) / 64];
  bits = object ? bits | mask : bits & ~mask;
  ++depth_;
  first_ = true;
  shown_ = text_.size();
}

void GrowingText::close(char bracket) {
  if (!add({&bracket, 1})) return;
  --depth_;
  first_ = false;
  shown_ = text_.size();
}

void GrowingText::key(std::string_view name) {
  if (!first_ && !add(",")) return;
  if (!add("\"") || add_escaped(name) < name.size() || !add("\":")) return;
  after_key_ = true;
}

void GrowingText::begin_string() {
  if (!begin_value() || !add("\"")) return;
  in_string_ = true;
  shown_ = text_.size();
}

std::size_t GrowingText::string_piece(std::string_view text) {
  const std::size_t taken = add_escaped(text);
  if (taken > 0) shown_ = text_.size();
  return taken;
}

void GrowingText::end_string() {
  if (!add("\"")) return;
  in_string_ = false;
  shown_ = text_.size();
}

void GrowingText::number(std::string_view text) {
  if (add(text)) shown_ = text_.size();
}

void GrowingText::literal(Literal which) {
  if (add(spelling(which))) shown_ = text_.size();
}

void GrowingText::append_snapshot(std::string& out) const {
  std::string whole = text_.substr(0, shown_);
  if (in_string_) whole += '"';
  for (int level = depth_ - 1; level >= 0; --level) whole += is_object(level) ? '}' : ']';
  out.reserve(out.size() + whole.size());
  Deduplication(whole, out).run();
}

}  // namespace pointsman::json
