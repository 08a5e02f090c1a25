// What a beginning of a JSON text tells, worked out anew from the whole beginning by plain recursion: the oracle of
// growing values. Knows nothing of how those do it. Also: whether one state of a value may follow another.
// Header-only; for tests.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pointsman::testing {

struct Tree {
  enum class Kind { kObject, kArray, kString, kScalar };
  Kind kind = Kind::kScalar;
  std::string text;  // a string decoded, a scalar as it is spelt
  std::vector<Tree> elements;
  std::vector<std::pair<std::string, Tree>> members;
  bool operator==(const Tree&) const = default;

  // Compact JSON with nothing escaped: for messages.
  std::string show() const {
    if (kind == Kind::kString) return '"' + text + '"';
    if (kind == Kind::kScalar) return text;
    std::string out;
    for (const Tree& one : elements) out += (out.empty() ? "" : ",") + one.show();
    for (const auto& [name, one] : members) out += (out.empty() ? "" : ",") + ('"' + name + "\":") + one.show();
    return kind == Kind::kArray ? "[" + out + "]" : "{" + out + "}";
  }
};

class PartialOracle {
 public:
  // `text` must be the beginning of a JSON text.
  static std::optional<Tree> read(std::string_view text) {
    PartialOracle oracle{text};
    return oracle.value();
  }

 private:
  explicit PartialOracle(std::string_view text) : text_(text) {}

  bool done() const { return at_ >= text_.size(); }
  char skip_to_token() {
    while (!done() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
    return done() ? '\0' : text_[at_];
  }

  std::optional<Tree> value() {
    const char c = skip_to_token();
    if (c == '\0') return {};
    if (c == '"') {
      Tree out{.kind = Tree::Kind::kString};
      string(out.text);
      return out;
    }
    if (c == '[') return array();
    if (c == '{') return object();
    const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
    const std::string_view word = text_.substr(at_, end - at_);
    at_ = end;
    const bool is_word = word == "true" || word == "false" || word == "null";
    if (!is_word && (end == text_.size() || word.find_first_of("tfn") == 0)) return {};
    return Tree{.text = std::string(word)};
  }

  std::optional<Tree> array() {
    Tree out{.kind = Tree::Kind::kArray};
    for (++at_; !done() && skip_to_token() != ']'; at_ += skip_to_token() == ',' ? 1U : 0U) {
      if (std::optional<Tree> one = value()) out.elements.push_back(std::move(*one));
    }
    ++at_;
    return out;
  }

  std::optional<Tree> object() {
    Tree out{.kind = Tree::Kind::kObject};
    for (++at_; !done() && skip_to_token() != '}'; at_ += skip_to_token() == ',' ? 1U : 0U) {
      std::string name;
      if (done() || !string(name) || skip_to_token() != ':') break;
      ++at_;
      std::optional<Tree> one = value();
      if (!one) break;
      bool known = false;
      for (auto& [other, old] : out.members) {
        if (other != name) continue;
        known = true;
        old = *one;
      }
      if (!known) out.members.emplace_back(std::move(name), std::move(*one));
    }
    ++at_;
    return out;
  }

  // Whether the string was closed.
  bool string(std::string& out) {
    std::uint32_t high = 0;
    const auto lone = [&] {
      if (high != 0) out += "\xEF\xBF\xBD";
      high = 0;
    };
    ++at_;
    while (!done()) {
      const char c = text_[at_];
      if (c == '\\') {
        const std::size_t need = at_ + 1 < text_.size() && text_[at_ + 1] == 'u' ? 6 : 2;
        if (at_ + need > text_.size()) break;
        escape(out, high);
        at_ += need;
        continue;
      }
      lone();
      if (c == '"') {
        ++at_;
        return true;
      }
      const auto byte = static_cast<unsigned char>(c);
      const std::size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
      if (at_ + length > text_.size()) break;
      out += text_.substr(at_, length);
      at_ += length;
    }
    at_ = text_.size();
    return false;
  }

  void escape(std::string& out, std::uint32_t& high) {
    const auto lone = [&] {
      if (high != 0) out += "\xEF\xBF\xBD";
      high = 0;
    };
    if (text_[at_ + 1] != 'u') {
      lone();
      static constexpr std::string_view kNames = "bfnrt";
      static constexpr std::string_view kMeant = "\b\f\n\r\t";
      const std::size_t which = kNames.find(text_[at_ + 1]);
      out += which == std::string_view::npos ? text_[at_ + 1] : kMeant[which];
      return;
    }
    const auto unit = static_cast<std::uint32_t>(std::stoul(std::string(text_.substr(at_ + 2, 4)), nullptr, 16));
    if (unit >= 0xDC00 && unit < 0xE000 && high != 0) {
      put(out, 0x10000 + (high - 0xD800) * 0x400 + (unit - 0xDC00));
      high = 0;
      return;
    }
    lone();
    if (unit >= 0xD800 && unit < 0xDC00) {
      high = unit;
    } else {
      put(out, unit >= 0xDC00 && unit < 0xE000 ? 0xFFFD : unit);
    }
  }

  static void put(std::string& out, std::uint32_t code) {
    if (code < 0x80) {
      out += static_cast<char>(code);
      return;
    }
    const int tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static constexpr std::array<std::uint32_t, 4> kMarks = {0, 0xC0, 0xE0, 0xF0};
    out += static_cast<char>(kMarks[static_cast<std::size_t>(tails)] + (code >> (6 * tails)));
    for (int i = tails - 1; i >= 0; --i) out += static_cast<char>(0x80 + (code >> (6 * i)) % 64);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// Whether a growing value may be `before` and later `after`, if no name is repeated in it.
inline bool may_follow(const Tree& before, const Tree& after) {
  if (before.kind != after.kind) return false;
  if (before.kind == Tree::Kind::kString) return after.text.starts_with(before.text);
  if (before.kind == Tree::Kind::kScalar) return before.text == after.text;
  if (before.elements.size() > after.elements.size() || before.members.size() > after.members.size()) return false;
  for (std::size_t i = 0; i < before.elements.size(); ++i) {
    const bool newest = i + 1 == before.elements.size();
    if (newest ? !may_follow(before.elements[i], after.elements[i]) : before.elements[i] != after.elements[i])
      return false;
  }
  for (std::size_t i = 0; i < before.members.size(); ++i) {
    const auto& [name, old] = before.members[i];
    const bool newest = i + 1 == before.members.size();
    if (name != after.members[i].first) return false;
    if (newest ? !may_follow(old, after.members[i].second) : old != after.members[i].second) return false;
  }
  return true;
}

}  // namespace pointsman::testing
