#include "config/interpolate.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "config/problem.h"

namespace pointsman::config {
namespace {

using Filled = std::expected<std::string, std::string>;

bool is_variable_name(std::string_view name) {
  if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_plain_text(std::string_view text) {
  const bool clean = std::ranges::none_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
  });
  return clean && simdjson::validate_utf8(text.data(), text.size());
}

Filled fill_file(std::string_view path, std::string_view config_file, const Sources& sources) {
  if (path.empty()) return std::unexpected(std::string("${file:} names no file; write ${file:PATH}"));
  auto content = sources.files.read(resolve_path(config_file, path), kMaxInterpolatedFile);
  if (!content) {
    return std::unexpected(fmt::format("cannot read the file {}: {}; check the path and its rights", quoted(path),
                                       content.error().message()));
  }
  while (content->ends_with('\n') || content->ends_with('\r')) content->pop_back();
  if (!is_plain_text(*content)) return std::unexpected(fmt::format("the file {} is not plain text", quoted(path)));
  return std::move(*content);
}

// A secret that the service manager laid into a folder for this process alone (systemd's LoadCredential=, or a mounted
// folder named likewise).
Filled fill_credential(std::string_view name, const Sources& sources) {
  const bool plain = !name.empty() && !name.starts_with('.') && name.find('/') == std::string_view::npos;
  if (!plain) {
    return std::unexpected(
        fmt::format("${{credential:{}}} names no credential; write ${{credential:NAME}} with the "
                    "name of a file in $CREDENTIALS_DIRECTORY",
                    name.substr(0, 40)));
  }
  const std::optional<std::string> folder = sources.environment("CREDENTIALS_DIRECTORY");
  if (!folder || !folder->starts_with('/')) {
    return std::unexpected(
        fmt::format("there is no credential {}: CREDENTIALS_DIRECTORY is not set; start it as a "
                    "service with LoadCredential={}:PATH, or set it to a folder with such files",
                    quoted(name), name));
  }
  return fill_file(fmt::format("{}/{}", *folder, name), "", sources);
}

Filled fill_variable(std::string_view reference, const Sources& sources) {
  const std::size_t separator = reference.find(":-");
  const std::string_view name = reference.substr(0, separator);
  if (!is_variable_name(name)) {
    return std::unexpected(
        fmt::format("${{{}}} is not a reference; write ${{NAME}}, ${{NAME:-default}}, ${{file:PATH}}, "
                    "${{credential:NAME}}, or $${{ for a literal ${{",
                    reference.substr(0, 40)));
  }
  std::optional<std::string> value = sources.environment(name);
  // As in a shell, ":-" also replaces an empty value.
  if (separator != std::string_view::npos && (!value || value->empty())) {
    return std::string(reference.substr(separator + 2));
  }
  if (!value) {
    return std::unexpected(
        fmt::format("the environment variable {} is not set; set it, or write ${{{}:-default}}", name, name));
  }
  if (!is_plain_text(*value))
    return std::unexpected(fmt::format("the environment variable {} is not plain text", name));
  return std::move(*value);
}

Filled fill(std::string_view reference, std::string_view config_file, const Sources& sources) {
  constexpr std::string_view kFile = "file:";
  constexpr std::string_view kCredential = "credential:";
  if (reference.starts_with(kFile)) return fill_file(reference.substr(kFile.size()), config_file, sources);
  if (reference.starts_with(kCredential)) return fill_credential(reference.substr(kCredential.size()), sources);
  return fill_variable(reference, sources);
}

}  // namespace

Filled interpolate(std::string_view text, std::string_view config_file, const Sources& sources) {
  std::string out;
  while (!text.empty()) {
    const std::size_t dollar = text.find("${");
    if (dollar == std::string_view::npos) return out.append(text);
    if (dollar > 0 && text[dollar - 1] == '$') {
      out.append(text.substr(0, dollar - 1)).append("${");
      text.remove_prefix(dollar + 2);
      continue;
    }
    const std::size_t close = text.find('}', dollar);
    if (close == std::string_view::npos) {
      return std::unexpected(std::string("\"${\" is never closed; add the \"}\", or write $${ for a literal ${"));
    }
    out.append(text.substr(0, dollar));
    const std::string_view reference = text.substr(dollar + 2, close - dollar - 2);
    Filled part = fill(reference, config_file, sources);
    if (!part) return part;
    out.append(*part);
    if (out.size() > kMaxScalar) return std::unexpected(fmt::format("is longer than {} bytes", kMaxScalar));
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace pointsman::config
