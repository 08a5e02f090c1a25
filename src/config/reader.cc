#include "config/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/interpolate.h"
#include "config/value_parse.h"

namespace pointsman::config {
namespace {

std::string_view name_of(YamlKind kind) {
  switch (kind) {
    case YamlKind::kNull:
      return "nothing";
    case YamlKind::kScalar:
      return "a single value";
    case YamlKind::kSequence:
      return "a list";
    case YamlKind::kMap:
      return "a map";
  }
  return "";
}

// RFC 9110, section 5.6.2.
bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

bool is_header_value(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char c) { return c == '\t' || (c >= 0x20 && c < 0x7f); });
}

}  // namespace

std::string join_path(std::string_view parent, std::string_view name) {
  const bool plain = name.find_first_of(".[]\" ") == std::string_view::npos && !name.empty();
  const std::string shown = plain ? std::string(name.substr(0, 64)) : quoted(name);
  return parent.empty() ? shown : fmt::format("{}.{}", parent, shown);
}

std::string index_path(std::string_view parent, std::size_t index) {
  return fmt::format("{}[{}]", parent, index);
}

Mark Places::at(std::string_view path) const {
  while (!path.empty()) {
    if (const auto found = marks_.find(path); found != marks_.end()) return found->second;
    const std::size_t cut = path.find_last_of(".[");
    path = path.substr(0, cut == std::string_view::npos ? 0 : cut);
  }
  return {};
}

std::string Places::shown(const std::string& path, std::string_view value) const {
  const auto found = written_.find(path);
  return quoted(found == written_.end() ? value : found->second);
}

bool Places::was_filled_within(const std::string& path) const {
  return std::ranges::any_of(written_, [&](const auto& one) {
    const std::string& filled = one.first;
    if (!filled.starts_with(path)) return false;
    return filled.size() == path.size() || filled[path.size()] == '.' || filled[path.size()] == '[';
  });
}

std::string Places::written(const std::string& path) const {
  const auto found = written_.find(path);
  return found == written_.end() ? std::string() : found->second;
}

// Aliases let a small file stand for a large one; the cap is on what is read, not on what is written.
bool Reader::visit(const YamlNode& node) {
  if (++visits_ <= YamlTree::kMaxNodes) return true;
  if (visits_ == YamlTree::kMaxNodes + 1) {
    problems_.add(node.mark, "",
                  fmt::format("aliases expand to more than {} values; write fewer of them", YamlTree::kMaxNodes));
  }
  return false;
}

bool Reader::first_use(std::map<std::string, Mark>& seen, const YamlNode& key, const std::string& path) {
  const auto [before, is_new] = seen.emplace(key.text, key.mark);
  if (is_new) return true;
  problems_.add(key.mark, join_path(path, key.text),
                fmt::format("is given twice, first in line {}; keep one of them", before->second.line));
  return false;
}

void Reader::read_section(std::uint32_t id, const Section& section, void* object, const std::string& path) {
  const YamlNode& node = tree_[id];
  if (!visit(node)) return;
  if (!path.empty()) places_.note(path, node.mark);
  if (node.kind == YamlKind::kScalar && !section.scalar_key.empty()) {
    const Key* key = section.find(section.scalar_key);
    return read_key(id, *key, object, join_path(path, key->name));
  }
  if (node.kind == YamlKind::kSequence || node.kind == YamlKind::kScalar) {
    problems_.add(node.mark, path,
                  fmt::format("is {}; write a map with the keys {}", name_of(node.kind),
                              fmt::format("{}, …", section.keys.front().name)));
    return;
  }
  std::map<std::string, Mark> seen;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& key = tree_[node.items[i]];
    if (!visit(key)) return;
    if (key.kind != YamlKind::kScalar) {
      problems_.add(key.mark, path, fmt::format("{} is used as a key; write a plain name", name_of(key.kind)));
      continue;
    }
    if (first_use(seen, key, path)) read_pair(node.items[i], node.items[i + 1], section, object, path);
  }
  check_required(section, node, path);
}

void Reader::read_pair(std::uint32_t key_id, std::uint32_t value_id, const Section& section, void* object,
                       const std::string& path) {
  const YamlNode& name = tree_[key_id];
  const std::string key_path = join_path(path, name.text);
  const Key* key = section.find(name.text);
  if (key != nullptr) return read_key(value_id, *key, object, key_path);
  if (name.text == "<<") {
    problems_.add(name.mark, key_path, "merge keys are not supported; write the keys out");
    return;
  }
  problems_.add(name.mark, key_path, problems_.full() ? "" : "unknown key" + hint_for(name.text, section.names()));
}

void Reader::check_required(const Section& section, const YamlNode& node, const std::string& path) {
  for (const Key& key : section.keys) {
    if (!key.required) continue;
    const bool written = [&] {
      for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
        if (tree_[node.items[i]].text == key.name) return true;
      }
      return false;
    }();
    if (written) continue;
    std::string doc(key.doc);
    if (doc.ends_with('.')) doc.pop_back();
    problems_.add(node.mark, join_path(path, key.name), fmt::format("is missing; write {}: {}", key.name, doc));
  }
}

void Reader::read_key(std::uint32_t id, const Key& key, void* object, const std::string& path) {
  places_.note(path, tree_[id].mark);
  switch (key.type) {
    case Type::kSection:
      return read_section(id, *key.section, key.enter(object, ""), path);
    case Type::kNamedSections:
      return read_named(id, key, object, path);
    case Type::kSectionList:
      return read_list(id, key, object, path);
    case Type::kStrings:
    case Type::kChoices:
      return read_many(id, key, object, path);
    case Type::kHeaders:
      return read_headers(id, key, object, path);
    default:
      return read_scalar(id, key, object, path);
  }
}

void Reader::read_named(std::uint32_t id, const Key& key, void* object, const std::string& path) {
  const YamlNode& node = tree_[id];
  if (!visit(node) || node.kind == YamlKind::kNull) return;
  if (node.kind != YamlKind::kMap) {
    problems_.add(
        node.mark, path,
        fmt::format("is {}; write a map from the name of each {} to its keys", name_of(node.kind), key.section->title));
    return;
  }
  std::map<std::string, Mark> seen;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& name = tree_[node.items[i]];
    if (!visit(name)) return;
    const bool usable = name.kind == YamlKind::kScalar && !name.text.empty() && name.text.size() <= 256;
    if (!usable) {
      problems_.add(name.mark, path, "a name is empty, too long or not text; write 1 to 256 characters");
      continue;
    }
    if (!first_use(seen, name, path)) continue;
    read_section(node.items[i + 1], *key.section, key.enter(object, name.text), join_path(path, name.text));
  }
}

void Reader::read_list(std::uint32_t id, const Key& key, void* object, const std::string& path) {
  const YamlNode& node = tree_[id];
  if (!visit(node) || node.kind == YamlKind::kNull) return;
  if (node.kind != YamlKind::kSequence) {
    problems_.add(node.mark, path,
                  fmt::format("is {}; write a list, each {} after a \"-\"", name_of(node.kind), key.section->title));
    return;
  }
  if (node.items.empty()) {
    problems_.add(node.mark, path, "is an empty list; write at least one entry or remove the line");
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    read_section(node.items[i], *key.section, key.enter(object, ""), index_path(path, i));
  }
}

std::optional<std::string> Reader::text_of(std::uint32_t id, const std::string& path, std::string_view expected) {
  const YamlNode& node = tree_[id];
  if (!visit(node)) return std::nullopt;
  if (node.kind == YamlKind::kNull) {
    problems_.add(node.mark, path, "is empty; write a value or remove the line");
    return std::nullopt;
  }
  if (node.kind != YamlKind::kScalar) {
    problems_.add(node.mark, path, fmt::format("is {}; write {}", name_of(node.kind), expected));
    return std::nullopt;
  }
  auto filled = interpolate(node.text, problems_.file(), sources_);
  if (!filled) {
    places_.note_filled(path, node.text);
    problems_.add(node.mark, path, std::move(filled).error());
    return std::nullopt;
  }
  if (*filled != node.text) places_.note_filled(path, node.text);
  return std::move(*filled);
}

std::optional<std::string> Reader::file_of(const YamlNode& node, const std::string& text, const std::string& path) {
  std::string resolved = resolve_path(problems_.file(), text);
  const auto readable = sources_.files.readable(resolved);
  if (readable) return resolved;
  problems_.add(node.mark, path,
                fmt::format("cannot read the file {}: {}; check the path and its rights", quoted(node.text),
                            readable.error().message()));
  return std::nullopt;
}

void Reader::read_scalar(std::uint32_t id, const Key& key, void* object, const std::string& path) {
  std::optional<std::string> text = text_of(id, path, "a single value");
  if (!text) return;
  const YamlNode& node = tree_[id];
  auto value = parse_value(key, *text);
  if (!value) {
    const bool shown = key.type != Type::kSecret && key.type != Type::kUrl;
    problems_.add(node.mark, path, shown ? fmt::format("{} {}", quoted(node.text), value.error()) : value.error());
    return;
  }
  const bool keyword = key.type == Type::kClassifier && (*text == "builtin" || *text == "none");
  if (key.type == Type::kFile || (key.type == Type::kClassifier && !keyword)) {
    std::optional<std::string> file = file_of(node, *text, path);
    if (!file) return;
    *value = std::move(*file);
  }
  if (key.type == Type::kPath) *value = resolve_path(problems_.file(), *text);
  key.set(object, std::move(*value));
}

void Reader::read_many(std::uint32_t id, const Key& key, void* object, const std::string& path) {
  const YamlNode& node = tree_[id];
  if (node.kind != YamlKind::kSequence) {
    problems_.add(node.mark, path, fmt::format("is {}; write a list, such as [a, b]", name_of(node.kind)));
    return;
  }
  // An empty set of capabilities says something; an empty list of anything else is a slip.
  if (node.items.empty() && key.name != "capabilities") {
    problems_.add(node.mark, path, "is an empty list; write at least one entry or remove the line");
    return;
  }
  std::vector<std::string> texts;
  std::vector<std::int64_t> choices;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string item_path = index_path(path, i);
    const std::optional<std::string> text = text_of(node.items[i], item_path, "a single value");
    if (!text) continue;
    const YamlNode& item = tree_[node.items[i]];
    places_.note(item_path, item.mark);
    const std::optional<std::int64_t> choice = choice_from(key, *text);
    if (text->empty()) {
      problems_.add(item.mark, item_path, "is empty; write a value or remove it");
    } else if (key.type == Type::kChoices && !choice) {
      problems_.add(
          item.mark, item_path,
          fmt::format("{} is not a choice here{}", quoted(item.text), hint_for(item.text, choice_names(key))));
    } else if (key.type == Type::kChoices && std::ranges::find(choices, *choice) != choices.end()) {
      problems_.add(item.mark, item_path, fmt::format("{} is listed twice; remove one of them", quoted(item.text)));
    } else {
      texts.push_back(*text);
      choices.push_back(choice.value_or(0));
    }
  }
  key.set(object, key.type == Type::kChoices ? Value(std::move(choices)) : Value(std::move(texts)));
}

void Reader::read_headers(std::uint32_t id, const Key& key, void* object, const std::string& path) {
  const YamlNode& node = tree_[id];
  if (!visit(node) || node.kind == YamlKind::kNull) return;
  if (node.kind != YamlKind::kMap) {
    problems_.add(node.mark, path, fmt::format("is {}; write a map from header names to values", name_of(node.kind)));
    return;
  }
  std::vector<Header> headers;
  std::map<std::string, Mark> seen;
  for (std::size_t i = 0; i + 1 < node.items.size(); i += 2) {
    const YamlNode& name = tree_[node.items[i]];
    if (name.kind != YamlKind::kScalar || !is_header_name(name.text)) {
      problems_.add(name.mark, path,
                    fmt::format("{} is not a header name; write letters, digits and \"-\"", quoted(name.text)));
      continue;
    }
    if (!first_use(seen, name, path)) continue;
    const std::string item_path = join_path(path, name.text);
    std::optional<std::string> text = text_of(node.items[i + 1], item_path, "a single value");
    if (!text) continue;
    if (!is_header_value(*text)) {
      problems_.add(tree_[node.items[i + 1]].mark, item_path, "is not a header value; write one line of ASCII text");
      continue;
    }
    places_.note(item_path, tree_[node.items[i + 1]].mark);
    headers.push_back({name.text, base::Secret(std::move(*text))});
  }
  key.set(object, std::move(headers));
}

}  // namespace pointsman::config
