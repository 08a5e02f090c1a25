#include "json/schema/canonical.h"

#include <algorithm>

namespace pointsman::json::schema {

static_assert(ScanSink<CanonicalText>);

void CanonicalText::clear() {
  text_.clear();
  open_.clear();
  members_.clear();
}

void CanonicalText::append(std::string_view text) {
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t special = std::min(text.find_first_of("\"\\", from), text.size());
    text_.append(text, from, special - from);
    if (special < text.size()) {
      text_ += '\\';
      text_ += text[special];
    }
    from = special + 1;
  }
}

void CanonicalText::begin_object() {
  text_ += '{';
  open_.push_back(members_.size());
}

void CanonicalText::key(std::string_view name) {
  const std::size_t begin = text_.size();
  begin_string();
  append(name);
  end_string();
  members_.push_back({begin, text_.size()});
}

void CanonicalText::end_object() {
  if (open_.empty()) return;
  const std::size_t first = open_.back();
  open_.pop_back();
  if (!in_order(first)) sort(first);
  members_.resize(first);
  text_ += '}';
}

bool CanonicalText::in_order(std::size_t first) const {
  const auto name = [this](std::size_t i) {
    return std::string_view(text_).substr(members_[i].begin, members_[i].value - members_[i].begin);
  };
  for (std::size_t i = first + 1; i < members_.size(); ++i) {
    if (name(i - 1) >= name(i)) return false;
  }
  return true;
}

void CanonicalText::sort(std::size_t first) {
  struct Slice {
    std::string_view name;
    std::string_view whole;
  };
  const std::size_t begin = members_[first].begin;
  scratch_.assign(text_, begin);
  const std::string_view old = scratch_;
  std::vector<Slice> slices;
  for (std::size_t i = first; i < members_.size(); ++i) {
    const Member& member = members_[i];
    const std::size_t end = i + 1 < members_.size() ? members_[i + 1].begin : text_.size();
    slices.push_back({old.substr(member.begin - begin, member.value - member.begin),
                      old.substr(member.begin - begin, end - member.begin)});
  }
  // Of equal names the one that came first stays first: its slice begins earlier.
  std::ranges::sort(slices, [](const Slice& a, const Slice& b) {
    return a.name != b.name ? a.name < b.name : a.whole.data() < b.whole.data();
  });
  text_.resize(begin);
  for (std::size_t i = 0; i < slices.size(); ++i) {
    const bool last_of_its_name = i + 1 == slices.size() || slices[i].name != slices[i + 1].name;
    if (last_of_its_name) text_ += slices[i].whole;
  }
}

void CanonicalText::number(std::string_view spelt) {
  decimal_.read(spelt);
  decimal_.append_canonical(spelt, text_);
}

void CanonicalText::literal(Literal which) {
  text_ += which == Literal::kTrue ? 't' : which == Literal::kFalse ? 'f' : 'n';
}

// Recursion is bounded: a tree is at most kMaxDepth deep.
void append_canonical(const Tree& tree, Tree::Id id, CanonicalText& out) {
  switch (tree.kind(id)) {
    case ValueKind::kNull:
      out.literal(Literal::kNull);
      break;
    case ValueKind::kFalse:
      out.literal(Literal::kFalse);
      break;
    case ValueKind::kTrue:
      out.literal(Literal::kTrue);
      break;
    case ValueKind::kNumber:
      out.number(tree.text(id));
      break;
    case ValueKind::kString:
      out.begin_string();
      out.string_piece(tree.text(id));
      out.end_string();
      break;
    case ValueKind::kArray:
      out.begin_array();
      for (std::uint32_t i = 0; i < tree.count(id); ++i) append_canonical(tree, tree.child(id, i), out);
      out.end_array();
      break;
    case ValueKind::kObject:
      out.begin_object();
      for (std::uint32_t i = 0; i < tree.count(id); ++i) {
        const Tree::Id child = tree.child(id, i);
        out.key(tree.key(child));
        append_canonical(tree, child, out);
      }
      out.end_object();
      break;
  }
}

}  // namespace pointsman::json::schema
