#include "config/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace pointsman::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

<!-- Rendered from the table of keys in src/config/schema.cc; a test holds it equal. Do not edit. -->

Pointsman reads one YAML file, `pointsman.yaml`. Every key is optional unless marked **required**. With one of the known
API keys in the environment, no file is needed at all; a file without `providers`, `models` and `categories` takes all
three from the environment and changes the rest.

`pointsman check` reads the file and prints every problem at once, each with its line and column.

## Values

| kind | how to write it |
|---|---|
| duration | a number and `ms`, `s`, `m`, `h` or `d`: `250ms`, `10s`, `30d` |
| size | bytes, or a number and `kB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB`, `TiB`: `32KiB`, `1GB` |
| share | a percentage or a number from 0 to 1: `10%` |
| probability | a number above 0 and at most 1: `0.6` |
| price | dollars per million tokens, at most six decimals: `0.25` |
| file | a path; a relative one is seen from the folder of the configuration |

Inside any value, after the YAML has been read, `${NAME}` stands for an environment variable, `${NAME:-default}` for the
same with a default, `${file:PATH}` for the content of a file, and `${credential:NAME}` for that of the file NAME in the
folder that `$CREDENTIALS_DIRECTORY` names, as systemd's `LoadCredential=` sets it. `$${` is a literal `${`. What is filled
in can never become YAML. An environment variable that is not set is a problem.
)";

std::string choices_text(const Key& key) {
  return key.choices.empty() ? "" : fmt::format(" One of `{}`.", fmt::join(key.choices, "`, `"));
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '|' ? "\\|" : std::string(1, c);
  return out;
}

std::string default_text(const Key& key) {
  if (key.required) return "**required**";
  if (key.fallback.empty()) return "";
  if (key.fallback.starts_with('(')) return std::string(key.fallback.substr(1, key.fallback.size() - 2));
  return fmt::format("`{}`", key.fallback);
}

std::string path_of(std::string_view parent, const Key& key) {
  std::string path = parent.empty() ? std::string(key.name) : fmt::format("{}.{}", parent, key.name);
  if (key.type == Type::kNamedSections) path += ".NAME";
  if (key.type == Type::kSectionList) path += "[]";
  return path;
}

void write_section(const Section& section, const std::string& path, std::set<const Section*>& written,
                   std::string& out) {
  if (!written.insert(&section).second) return;
  out += fmt::format("\n## `{}`\n\n{}\n", path, section.doc);
  if (!section.scalar_key.empty()) {
    out += fmt::format("A lone value stands for `{}`.\n", section.scalar_key);
  }
  out += "\n| key | kind | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : section.keys) {
    out += fmt::format("| `{}` | {} | {} | {}{} |\n", key.name, type_name(key.type), default_text(key),
                       escaped(key.doc), choices_text(key));
  }
  for (const Key& key : section.keys) {
    if (key.section != nullptr) write_section(*key.section, path_of(path, key), written, out);
  }
}

}  // namespace

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kString:
      return "text";
    case Type::kSecret:
      return "secret";
    case Type::kInteger:
      return "whole number";
    case Type::kWorkers:
      return "`auto` or number";
    case Type::kBoolean:
      return "true or false";
    case Type::kDuration:
      return "duration";
    case Type::kSize:
      return "size";
    case Type::kShare:
      return "share";
    case Type::kFactor:
      return "factor";
    case Type::kProbability:
      return "probability";
    case Type::kPrice:
      return "price";
    case Type::kMoney:
      return "dollars";
    case Type::kUrl:
      return "URL";
    case Type::kAddress:
      return "host:port";
    case Type::kFile:
      return "file";
    case Type::kPath:
      return "path";
    case Type::kClassifier:
      return "word or file";
    case Type::kChoice:
      return "choice";
    case Type::kStrings:
      return "list of texts";
    case Type::kChoices:
      return "list of choices";
    case Type::kHeaders:
      return "map of headers";
    case Type::kSection:
      return "map";
    case Type::kNamedSections:
      return "map by name";
    case Type::kSectionList:
      return "list of maps";
  }
  return "";
}

std::string reference_markdown() {
  std::string out(kIntroduction);
  const Section& root = root_section();
  out += "\n## The file\n\n| key | kind | default | meaning |\n|---|---|---|---|\n";
  for (const Key& key : root.keys) {
    out += fmt::format("| `{}` | {} | {} | {} |\n", key.name, type_name(key.type), default_text(key), escaped(key.doc));
  }
  std::set<const Section*> written;
  for (const Key& key : root.keys) {
    if (key.section != nullptr) write_section(*key.section, path_of("", key), written, out);
  }
  return out;
}

}  // namespace pointsman::config
