#include "tokens/tool_text.h"

#include <algorithm>
#include <optional>

#include "base/hash.h"

namespace pointsman::tokens {
namespace {

using Mark = json::Cursor::Mark;

// Schemas further in are written as they stand, so that no definition is looked through more often than that.
constexpr std::size_t kDeepest = 8;
constexpr std::size_t kIndent = 2;

}  // namespace

// Where the members of a definition stand.
struct ToolText::Tool {
  std::optional<Mark> name;
  std::optional<Mark> description;
  std::optional<Mark> parameters;
  std::optional<Mark> function;
};

struct ToolText::Schema {
  json::RawString type;
  std::optional<Mark> description;
  std::optional<Mark> properties;
  std::optional<Mark> required;
  std::optional<Mark> items;
  std::optional<Mark> values;
  std::optional<Mark> any_of;
};

bool ToolText::write(std::string_view body, std::span<const llm::PromptPiece> prompt, std::string& out) {
  out_ = &out;
  sure_ = true;
  out = "namespace functions {\n\n";
  for (const llm::PromptPiece& piece : prompt) {
    if (piece.kind != llm::PieceKind::kTool) continue;
    tool(body.substr(piece.bytes.begin, piece.bytes.size()));
    out += "\n\n";
  }
  out += "} // namespace functions";
  return sure_;
}

std::string_view ToolText::chosen_name(std::string_view choice) {
  name_.clear();
  if (!document_.open(choice)) return name_;
  cursor_ = document_.root();
  Tool found = look_at_tool();
  if (found.function) {
    cursor_.seek(*found.function);
    found = look_at_tool();
  }
  out_ = &name_;
  if (found.name) append_string(*found.name);
  document_.close();
  return name_;
}

void ToolText::tool(std::string_view definition) {
  definition_ = definition;
  required_.clear();
  if (!document_.open(definition)) {
    sure_ = false;
    *out_ += definition;
    return;
  }
  cursor_ = document_.root();
  Tool found = look_at_tool();
  if (found.function) {
    cursor_.seek(*found.function);
    found = look_at_tool();
  }
  if (found.name) {
    function(found);
  } else {
    sure_ = false;
    *out_ += definition;
  }
  document_.close();
}

// Consumes the object at the cursor. Members that no function has make it one that we only guess at.
ToolText::Tool ToolText::look_at_tool() {
  Tool tool;
  if (cursor_.peek() != '{') return tool;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const auto is = [this](std::string_view name) { return cursor_.key_is(name); };
    const Mark mark = cursor_.mark();
    const char first = cursor_.peek();
    if (is("name") && first == '"') {
      tool.name = mark;
    } else if (is("description") && first == '"') {
      tool.description = mark;
    } else if ((is("parameters") || is("input_schema")) && first == '{') {
      tool.parameters = mark;
    } else if (is("function") && first == '{') {
      tool.function = mark;
    } else if (!is("type") && first != 'n') {
      sure_ = false;
    }
    cursor_.pass();
  }
  return tool;
}

void ToolText::function(const Tool& tool) {
  if (tool.description) {
    *out_ += "// ";
    append_string(*tool.description);
    *out_ += '\n';
  }
  *out_ += "type ";
  append_string(*tool.name);
  Schema parameters;
  if (tool.parameters) {
    cursor_.seek(*tool.parameters);
    parameters = look_at_schema();
  }
  bool empty = true;
  if (parameters.properties) {
    cursor_.seek(*parameters.properties);
    empty = !cursor_.enter_object();
  }
  if (empty) {
    *out_ += " = () => any;";
    return;
  }
  *out_ += " = (_: {\n";
  properties(parameters, 0);
  *out_ += "}) => any;";
}

ToolText::Schema ToolText::look_at_schema() {
  Schema schema;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const auto is = [this](std::string_view name) { return cursor_.key_is(name); };
    const Mark mark = cursor_.mark();
    const char first = cursor_.peek();
    if (is("type") && first == '"') {
      cursor_.read_string(schema.type);
      continue;
    }
    if (is("description") && first == '"') {
      schema.description = mark;
    } else if (is("properties") && first == '{') {
      schema.properties = mark;
    } else if (is("required") && first == '[') {
      schema.required = mark;
    } else if (is("items") && first == '{') {
      schema.items = mark;
    } else if (is("enum") && first == '[') {
      schema.values = mark;
    } else {
      sure_ = false;
      if ((is("anyOf") || is("oneOf")) && first == '[') schema.any_of = mark;
    }
    cursor_.pass();
  }
  return schema;
}

// A line for each, with its description before it. There is at least one.
void ToolText::properties(const Schema& schema, std::size_t indent) {
  const std::size_t required = required_.size();
  if (schema.required) require(*schema.required);
  std::sort(required_.begin() + static_cast<std::ptrdiff_t>(required), required_.end());
  const std::size_t end = required_.size();
  cursor_.seek(*schema.properties);
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    const std::string_view key = cursor_.key().raw;
    const Mark value = cursor_.mark();
    if (cursor_.peek() == '{') {
      const Schema property = look_at_schema();
      if (property.description) {
        out_->append(indent, ' ') += "// ";
        append_string(*property.description);
        *out_ += '\n';
      }
    }
    out_->append(indent, ' ');
    const std::size_t name = out_->size();
    json::unescape(key, *out_);
    const std::uint64_t hash = base::xxh3(std::string_view(*out_).substr(name));
    const auto begin = required_.begin();
    const bool needed = std::binary_search(begin + static_cast<std::ptrdiff_t>(required),
                                           begin + static_cast<std::ptrdiff_t>(end), hash);
    *out_ += needed ? ": " : "?: ";
    type(value, indent);
    *out_ += ",\n";
    cursor_.seek(value);
    cursor_.pass();
  }
  required_.resize(required);
}

void ToolText::type(Mark at, std::size_t indent) {
  cursor_.seek(at);
  if (cursor_.peek() != '{' || depth_ == kDeepest) {
    sure_ = false;
    const std::size_t begin = cursor_.offset();
    cursor_.pass();
    *out_ += definition_.substr(begin, cursor_.last_end() - begin);
    return;
  }
  ++depth_;
  known_type(indent);
  --depth_;
}

void ToolText::known_type(std::size_t indent) {
  const Schema schema = look_at_schema();
  const auto is = [&schema](std::string_view name) { return schema.type.is(name); };
  if (is("string")) {
    schema.values ? values(*schema.values) : void(*out_ += "string");
  } else if (is("integer") || is("number")) {
    schema.values ? values(*schema.values) : void(*out_ += "number");
  } else if (is("boolean") || is("null")) {
    *out_ += schema.type.raw;
  } else if (is("array")) {
    schema.items ? type(*schema.items, indent) : void(*out_ += "any");
    *out_ += "[]";
  } else if (is("object")) {
    sure_ = false;
    object(schema, indent);
  } else if (schema.any_of) {
    alternatives(*schema.any_of, indent);
  } else {
    *out_ += "any";
  }
}

void ToolText::object(const Schema& schema, std::size_t indent) {
  *out_ += "{\n";
  if (schema.properties) properties(schema, indent + kIndent);
  out_->append(indent, ' ') += '}';
}

void ToolText::alternatives(Mark at, std::size_t indent) {
  cursor_.seek(at);
  const char* between = "";
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Mark one = cursor_.mark();
    *out_ += between;
    between = " | ";
    type(one, indent);
    cursor_.seek(one);
    cursor_.pass();
  }
}

void ToolText::values(Mark at) {
  cursor_.seek(at);
  const char* between = "";
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    *out_ += between;
    between = " | ";
    const std::size_t begin = cursor_.offset();
    json::RawString text;
    if (!cursor_.read_string(text)) {
      cursor_.pass();
      *out_ += definition_.substr(begin, cursor_.last_end() - begin);
      continue;
    }
    // However the client spelt it: the model sees the fewest escapes.
    name_.clear();
    json::unescape(text.raw, name_);
    *out_ += '"';
    json::escape_characters(name_, *out_);
    *out_ += '"';
  }
}

void ToolText::require(Mark at) {
  cursor_.seek(at);
  std::string name;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    json::RawString raw;
    if (!cursor_.read_string(raw)) {
      cursor_.pass();
      continue;
    }
    name.clear();
    json::unescape(raw.raw, name);
    required_.push_back(base::xxh3(name));
  }
}

bool ToolText::append_string(Mark at) {
  cursor_.seek(at);
  json::RawString raw;
  if (!cursor_.read_string(raw)) return false;
  json::unescape(raw.raw, *out_);
  return true;
}

}  // namespace pointsman::tokens
