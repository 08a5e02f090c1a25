#include "json/schema/tree.h"

#include <algorithm>
#include <charconv>

namespace pointsman::json::schema {

class Tree::Reader {
 public:
  Reader(std::string_view text, Tree& out) : body_(text), out_(out) { out_.texts_.reserve(text.size()); }

  // Recursion is bounded: the cursor refuses what is deeper than kMaxDepth.
  Id value(Cursor& in, Id parent, std::string_view key) {
    const Id id = static_cast<Id>(out_.nodes_.size());
    out_.nodes_.push_back({.parent = parent, .key = key});
    switch (in.peek()) {
      case '{':
        out_.nodes_[id].kind = ValueKind::kObject;
        object(in, id);
        break;
      case '[':
        out_.nodes_[id].kind = ValueKind::kArray;
        array(in, id);
        break;
      default:
        scalar(in, id);
    }
    return id;
  }

  Id repeated() const { return repeated_; }

 private:
  std::string_view keep(std::string_view text) {
    const std::size_t begin = out_.texts_.size();
    out_.texts_.insert(out_.texts_.end(), text.begin(), text.end());
    return {out_.texts_.data() + begin, text.size()};
  }
  std::string_view decoded(const RawString& text) {
    if (text.escapes == Escapes::kNone) return keep(text.raw);
    scratch_.clear();
    unescape(text.raw, scratch_);
    return keep(scratch_);
  }

  void scalar(Cursor& in, Id id) {
    const char first = in.peek();
    if (first == '"') {
      RawString text;
      if (!in.read_string(text)) return;
      out_.nodes_[id].kind = ValueKind::kString;
      out_.nodes_[id].text = decoded(text);
      return;
    }
    const std::size_t begin = in.offset();
    in.skip();
    if (in.failed()) return;
    const std::string_view text = body_.substr(begin, in.last_end() - begin);
    out_.nodes_[id].kind = first == 't'   ? ValueKind::kTrue
                           : first == 'f' ? ValueKind::kFalse
                           : first == 'n' ? ValueKind::kNull
                                          : ValueKind::kNumber;
    out_.nodes_[id].text = keep(text);
  }

  void array(Cursor& in, Id id) {
    std::vector<Id> children;
    for (bool more = in.enter_array(); more; more = in.next_element()) {
      children.push_back(value(in, id, {}));
      out_.nodes_[children.back()].index = static_cast<std::uint32_t>(children.size() - 1);
    }
    take(id, children);
  }

  void object(Cursor& in, Id id) {
    std::vector<Id> children;
    for (bool more = in.enter_object(); more; more = in.next_member()) {
      const std::string_view key = decoded(in.key());
      children.push_back(value(in, id, key));
    }
    const auto by_key = [this](Id a, Id b) { return out_.nodes_[a].key < out_.nodes_[b].key; };
    std::ranges::sort(children, by_key);
    const auto twin =
        std::ranges::adjacent_find(children, [this](Id a, Id b) { return out_.nodes_[a].key == out_.nodes_[b].key; });
    if (twin != children.end() && repeated_ == kNone) repeated_ = *twin;
    take(id, children);
  }

  void take(Id id, const std::vector<Id>& children) {
    out_.nodes_[id].first = static_cast<std::uint32_t>(out_.children_.size());
    out_.nodes_[id].count = static_cast<std::uint32_t>(children.size());
    out_.children_.insert(out_.children_.end(), children.begin(), children.end());
  }

  std::string_view body_;
  Tree& out_;
  std::string scratch_;
  Id repeated_ = kNone;
};

base::Result<Tree> Tree::read(std::string_view text, std::size_t max_bytes) {
  Document document(max_bytes);
  PM_CHECK(document.open(text));
  Tree tree;
  Reader reader(text, tree);
  Cursor in = document.root();
  reader.value(in, kNone, {});
  if (!in.finished()) return base::fail(document.error());
  if (reader.repeated() != kNone) {
    return base::fail(base::Error(base::ErrorCode::kInvalidArgument, "this name is there twice", base::Origin::kClient)
                          .at(tree.pointer(reader.repeated())));
  }
  return tree;
}

Tree::Id Tree::member(Id id, std::string_view name) const {
  const Node& node = nodes_[id];
  if (node.kind != ValueKind::kObject) return kNone;
  const auto begin = children_.begin() + node.first;
  const auto end = begin + node.count;
  const auto found =
      std::lower_bound(begin, end, name, [this](Id child, std::string_view key) { return nodes_[child].key < key; });
  return found != end && nodes_[*found].key == name ? *found : kNone;
}

std::string Tree::pointer(Id id) const {
  std::vector<Id> path;
  for (; nodes_[id].parent != kNone; id = nodes_[id].parent) path.push_back(id);
  std::string out;
  for (auto it = path.rbegin(); it != path.rend(); ++it) {
    const Node& node = nodes_[*it];
    out += '/';
    if (nodes_[node.parent].kind == ValueKind::kArray) {
      out += std::to_string(node.index);
    } else {
      append_pointer_token(node.key, out);
    }
  }
  return out;
}

Tree::Id Tree::at(Id from, std::string_view pointer) const {
  Id id = from;
  std::string token;
  while (!pointer.empty()) {
    if (pointer.front() != '/') return kNone;
    pointer.remove_prefix(1);
    const std::string_view raw = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(raw.size());
    token.clear();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      const bool escaped = raw[i] == '~' && i + 1 < raw.size() && (raw[i + 1] == '0' || raw[i + 1] == '1');
      token += escaped ? (raw[++i] == '0' ? '~' : '/') : raw[i];
    }
    if (nodes_[id].kind == ValueKind::kArray) {
      std::uint32_t index = 0;
      const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
      if (error != std::errc() || end != token.data() + token.size() || index >= nodes_[id].count) return kNone;
      id = child(id, index);
    } else {
      id = member(id, token);
    }
    if (id == kNone) return kNone;
  }
  return id;
}

void append_pointer_token(std::string_view token, std::string& out) {
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
}

}  // namespace pointsman::json::schema
