#include "config/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <vector>

#include "config/units.h"

namespace pointsman::config {
namespace {

namespace json = boost::json;

std::string scalar_json(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return value.get_bool() ? "true" : "false";
    case json::kind::int64:
      return fmt::format("{}", value.get_int64());
    case json::kind::uint64:
      return fmt::format("{}", value.get_uint64());
    case json::kind::double_:
      return format_decimal(value.get_double());
    default:
      return json_string(value.get_string());
  }
}

void write_canonical(const json::value& value, std::string& out) {
  if (const json::array* array = value.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      write_canonical((*array)[i], out);
    }
    out += ']';
  } else if (const json::object* object = value.if_object()) {
    std::vector<const json::key_value_pair*> members;
    for (const json::key_value_pair& member : *object) members.push_back(&member);
    std::ranges::sort(members, {}, [](const json::key_value_pair* member) { return std::string_view(member->key()); });
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      out += json_string(members[i]->key()) + ":";
      write_canonical(members[i]->value(), out);
    }
    out += '}';
  } else {
    out += scalar_json(value);
  }
}

void write_indented(const json::value& value, std::size_t depth, std::string& out) {
  const std::string inner(2 * (depth + 1), ' ');
  const std::string outer(2 * depth, ' ');
  const json::array* array = value.if_array();
  const json::object* object = value.if_object();
  if (array != nullptr && !array->empty()) {
    out += "[\n";
    for (std::size_t i = 0; i < array->size(); ++i) {
      out += inner;
      write_indented((*array)[i], depth + 1, out);
      out += i + 1 < array->size() ? ",\n" : "\n";
    }
    out += outer + "]";
  } else if (object != nullptr && !object->empty()) {
    out += "{\n";
    std::size_t left = object->size();
    for (const json::key_value_pair& member : *object) {
      out += inner + json_string(member.key()) + ": ";
      write_indented(member.value(), depth + 1, out);
      out += --left > 0 ? ",\n" : "\n";
    }
    out += outer + "}";
  } else {
    write_canonical(value, out);
  }
}

std::string yaml_leaf(const json::value& value) {
  if (const json::string* text = value.if_string()) return yaml_scalar(*text);
  if (value.is_array()) return "[]";
  if (value.is_object()) return "{}";
  return scalar_json(value);
}

bool is_block(const json::value& value) {
  return (value.is_array() && !value.get_array().empty()) || (value.is_object() && !value.get_object().empty());
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string canonical_json(const json::value& value) {
  std::string out;
  write_canonical(value, out);
  return out;
}

std::string indented_json(const json::value& value) {
  std::string out;
  write_indented(value, 0, out);
  return out + "\n";
}

std::string yaml_scalar(std::string_view text) {
  const auto plain_char = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./:$@% ").contains(c);
  };
  const bool plain = !text.empty() && std::ranges::all_of(text, plain_char) && !text.contains(": ") &&
                     !std::string_view("-:%@ ").contains(text.front()) && text.back() != ' ' && text.back() != ':' &&
                     text != "null" && text != "true" && text != "false";
  return plain ? std::string(text) : json_string(text);
}

std::string block_yaml(const json::value& value, int depth) {
  const std::string indent(static_cast<std::size_t>(2 * depth), ' ');
  std::string out;
  if (const json::object* object = value.if_object()) {
    for (const json::key_value_pair& member : *object) {
      out += indent + yaml_scalar(member.key()) + ":";
      out += is_block(member.value()) ? "\n" + block_yaml(member.value(), depth + 1)
                                      : " " + yaml_leaf(member.value()) + "\n";
    }
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) {
      if (!is_block(item)) {
        out += indent + "- " + yaml_leaf(item) + "\n";
        continue;
      }
      std::string block = block_yaml(item, depth + 1);
      block[indent.size()] = '-';
      out += block;
    }
  }
  return out;
}

}  // namespace pointsman::config
