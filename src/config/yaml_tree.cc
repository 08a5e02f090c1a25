#include "config/yaml_tree.h"

#include <fmt/format.h>
#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

namespace pointsman::config {
namespace {

struct Fault {
  Mark mark;
  std::string message;
};

Mark mark_of(const YAML::Mark& mark) {
  return {std::max(mark.line, 0) + 1, std::max(mark.column, 0) + 1};
}

// Builds the tree from the parser's events. After the first fault it ignores the rest of the document.
class Builder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  // A value left out stands where its key stands; the parser would say "at the next token".
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    leaf(YamlKind::kNull, mark, anchor, "");
    if (fault_ || open_.empty()) return;
    const YamlNode& parent = tree_.nodes[open_.back()];
    const bool is_value = parent.kind == YamlKind::kMap && parent.items.size() % 2 == 0;
    if (is_value) tree_.nodes.back().mark = tree_.nodes[parent.items[parent.items.size() - 2]].mark;
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool null = tag == "?" && (value == "~" || value == "null" || value == "Null" || value == "NULL");
    leaf(null ? YamlKind::kNull : YamlKind::kScalar, mark, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlKind::kSequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlKind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (fault_) return;
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return fail(mark, "the alias names no anchor");
    const bool inside_itself = std::ranges::find(open_, found->second) != open_.end();
    if (inside_itself) return fail(mark, "the alias stands inside the value it repeats; write the value out");
    attach(found->second);
  }

  std::optional<Fault> fault() const { return fault_; }
  YamlTree take() { return std::move(tree_); }

 private:
  void fail(const YAML::Mark& mark, std::string message) {
    if (!fault_) fault_ = Fault{mark_of(mark), std::move(message)};
  }

  // The new node's number, or nothing once a limit is passed.
  std::optional<std::uint32_t> make(YamlKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (fault_) return std::nullopt;
    if (tree_.nodes.size() == YamlTree::kMaxNodes) {
      fail(mark, fmt::format("the file has more than {} values", YamlTree::kMaxNodes));
      return std::nullopt;
    }
    const auto id = static_cast<std::uint32_t>(tree_.nodes.size());
    tree_.nodes.push_back({kind, mark_of(mark), "", {}});
    if (anchor != YAML::NullAnchor) anchors_[anchor] = id;
    attach(id);
    return id;
  }

  void attach(std::uint32_t id) {
    if (open_.empty()) {
      tree_.root = id;
    } else {
      tree_.nodes[open_.back()].items.push_back(id);
    }
  }

  void leaf(YamlKind kind, const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    if (const auto id = make(kind, mark, anchor)) tree_.nodes[*id].text = text;
  }

  void open(YamlKind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() == YamlTree::kMaxDepth) {
      return fail(mark, fmt::format("values are nested deeper than {}", YamlTree::kMaxDepth));
    }
    if (const auto id = make(kind, mark, anchor)) open_.push_back(*id);
  }

  void close() {
    if (!fault_ && !open_.empty()) open_.pop_back();
  }

  YamlTree tree_;
  std::vector<std::uint32_t> open_;
  std::map<YAML::anchor_t, std::uint32_t> anchors_;
  std::optional<Fault> fault_;
};

// Control characters have no place in a configuration, and some end the parser's stream early.
std::optional<Fault> check_characters(std::string_view text) {
  Mark mark{1, 1};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      ++mark.line;
      mark.column = 1;
      continue;
    }
    if ((byte < 0x20 && c != '\t' && c != '\r') || byte == 0x7f) {
      return Fault{mark, fmt::format("control character 0x{:02x}; remove it", byte)};
    }
    if ((byte & 0xC0) != 0x80) ++mark.column;
  }
  if (!simdjson::validate_utf8(text.data(), text.size())) return Fault{{}, "is not UTF-8 text; save it as UTF-8"};
  return std::nullopt;
}

std::optional<Fault> read_events(std::string_view text, Builder& builder) {
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    if (builder.fault()) return builder.fault();
    Builder second;
    if (parser.HandleNextDocument(second)) {
      return Fault{{}, "holds more than one YAML document; remove what follows the second '---'"};
    }
  } catch (const YAML::Exception& error) {
    if (builder.fault()) return builder.fault();
    return Fault{mark_of(error.mark), fmt::format("is not valid YAML: {}; check indentation and quotes", error.msg)};
  } catch (const std::exception& error) {
    return Fault{{}, fmt::format("is not valid YAML: {}", error.what())};
  }
  return std::nullopt;
}

}  // namespace

std::expected<YamlTree, std::vector<Problem>> YamlTree::parse(std::string_view text, std::string_view file) {
  const auto failed = [file](Fault fault) {
    return std::unexpected(std::vector<Problem>{{std::string(file), fault.mark, "", std::move(fault.message)}});
  };
  if (text.size() > kMaxBytes) return failed({{}, fmt::format("is larger than {} bytes", kMaxBytes)});
  if (auto fault = check_characters(text)) return failed(std::move(*fault));
  Builder builder;
  if (auto fault = read_events(text, builder)) return failed(std::move(*fault));
  YamlTree tree = builder.take();
  if (tree.nodes.empty()) tree.nodes.push_back({YamlKind::kNull, {1, 1}, "", {}});
  return tree;
}

}  // namespace pointsman::config
