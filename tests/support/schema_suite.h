// The JSON-Schema-Test-Suite as lists of cases, and texts of an instance in several spellings.
//
// For tests of one thread. The suite is public data (json-schema-org/JSON-Schema-Test-Suite); nothing of it is here.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.h"
#include "json/schema/tree.h"

namespace pointsman::testing {

struct SchemaCase {
  std::string keyword;  // the file's name
  std::string description;
  std::string schema;
  struct Instance {
    std::string description;
    std::string text;
    bool valid = false;
  };
  std::vector<Instance> instances;
};

inline std::filesystem::path schema_suite_directory() {
  const char* const set = std::getenv("POINTSMAN_DATA");
  return std::filesystem::path(set != nullptr ? set : "../shared/data") / "json" / "JSON-Schema-Test-Suite";
}

inline std::string whole_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

// The bytes of the next value, which is skipped.
inline std::string raw_value(json::Cursor& in, std::string_view text) {
  const std::size_t begin = in.offset();
  in.skip();
  return std::string(text.substr(begin, in.last_end() - begin));
}

inline std::string string_value(json::Cursor& in) {
  json::RawString raw;
  std::string out;
  if (in.read_string(raw)) json::unescape(raw.raw, out);
  return out;
}

inline SchemaCase::Instance read_instance(json::Cursor& in, std::string_view text) {
  SchemaCase::Instance instance;
  for (bool more = in.enter_object(); more; more = in.next_member()) {
    if (in.key_is("description")) {
      instance.description = string_value(in);
    } else if (in.key_is("data")) {
      instance.text = raw_value(in, text);
    } else if (!in.key_is("valid") || !in.read_bool(instance.valid)) {
      in.skip();
    }
  }
  return instance;
}

// The cases of one draft, e.g. "draft7": its files, without the folders of optional ones.
inline std::vector<SchemaCase> schema_cases(const std::string& draft) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(schema_suite_directory() / "tests" / draft)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<SchemaCase> cases;
  for (const auto& file : files) {
    const std::string text = whole_file(file);
    json::Document document;
    if (!document.open(text)) continue;
    json::Cursor in = document.root();
    for (bool next = in.enter_array(); next; next = in.next_element()) {
      SchemaCase& one = cases.emplace_back();
      one.keyword = file.stem().string();
      for (bool more = in.enter_object(); more; more = in.next_member()) {
        if (in.key_is("description")) {
          one.description = string_value(in);
        } else if (in.key_is("schema")) {
          one.schema = raw_value(in, text);
        } else if (in.key_is("tests")) {
          for (bool test = in.enter_array(); test; test = in.next_element()) {
            one.instances.push_back(read_instance(in, text));
          }
        } else {
          in.skip();
        }
      }
    }
  }
  return cases;
}

enum class Spelling { kCompact, kSpaced, kEscaped };

inline void spell_string(std::string_view text, Spelling spelling, std::string& out) {
  out += '"';
  if (spelling != Spelling::kEscaped) {
    json::escape(text, out);
  } else {
    const auto unit = [&out](unsigned value) {
      char digits[8];
      std::snprintf(digits, sizeof digits, "\\u%04x", value);
      out += digits;
    };
    for (std::size_t i = 0; i < text.size();) {
      const auto lead = static_cast<unsigned char>(text[i]);
      const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
      unsigned code = bytes == 1 ? lead : lead & (0xFFU >> (bytes + 1));
      for (std::size_t k = 1; k < bytes && i + k < text.size(); ++k) {
        code = code << 6U | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
      }
      if (code < 0x10000) {
        unit(code);
      } else {
        unit(0xD800 + ((code - 0x10000) >> 10U));
        unit(0xDC00 + ((code - 0x10000) & 0x3FFU));
      }
      i += bytes;
    }
  }
  out += '"';
}

inline void spell(const json::schema::Tree& tree, json::schema::Tree::Id id, Spelling spelling, std::string& out) {
  using json::schema::ValueKind;
  const auto gap = [&] { out += spelling == Spelling::kSpaced ? " \n\t\r" : ""; };
  const ValueKind kind = tree.kind(id);
  if (kind == ValueKind::kString) return spell_string(tree.text(id), spelling, out);
  if (kind != ValueKind::kArray && kind != ValueKind::kObject) {
    out += tree.text(id);
    return;
  }
  const bool object = kind == ValueKind::kObject;
  out += object ? '{' : '[';
  gap();
  for (std::uint32_t i = 0; i < tree.count(id); ++i) {
    if (i != 0) out += ',';
    gap();
    const auto child = tree.child(id, i);
    if (object) {
      spell_string(tree.key(child), spelling, out);
      gap();
      out += ':';
      gap();
    }
    spell(tree, child, spelling, out);
    gap();
  }
  out += object ? '}' : ']';
}

inline std::string spelt(std::string_view text, Spelling spelling) {
  const auto tree = json::schema::Tree::read(text, text.size() + 1);
  if (!tree) return std::string(text);
  std::string out;
  spell(*tree, 0, spelling, out);
  return out;
}

}  // namespace pointsman::testing
