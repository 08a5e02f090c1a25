// Files and environment of a test: only what it says is there.
// For the tests of this module only.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/load.h"

namespace pointsman::config {

class FakeFiles final : public FileSource {
 public:
  std::map<std::string, std::string, std::less<>> files;

  base::Result<std::string> read(const std::string& path, std::size_t max_bytes) override {
    const auto found = files.find(path);
    if (found == files.end()) return base::fail(base::ErrorCode::kNotFound, "No such file or directory");
    if (found->second.size() > max_bytes) {
      return base::fail(base::ErrorCode::kTooLarge, "is larger than " + std::to_string(max_bytes) + " bytes");
    }
    return found->second;
  }
  base::Result<void> readable(const std::string& path) override {
    if (files.contains(path)) return {};
    return base::fail(base::ErrorCode::kNotFound, "No such file or directory");
  }
};

// A small machine: files and variables by name.
struct FakeHost {
  FakeFiles files;
  std::map<std::string, std::string, std::less<>> variables;

  Environment environment() const {
    return [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      if (found == variables.end()) return std::nullopt;
      return found->second;
    };
  }
  std::expected<Config, std::vector<Problem>> load(std::string_view text, std::string_view name = "pointsman.yaml") {
    return config::load(text, name, {files, environment()});
  }
  // All problems as lines; empty when there are none.
  std::string problems(std::string_view text, std::string_view name = "pointsman.yaml") {
    const auto loaded = load(text, name);
    std::string out;
    if (loaded) return out;
    for (const Problem& problem : loaded.error()) out += problem.to_string() + "\n";
    return out;
  }
};

// A sound file with one provider and one model, for tests to build on.
inline constexpr std::string_view kSound =
    "providers: {openai: {api_key: sk-0123456789abcdef0123}}\n"
    "models: {small: {provider: openai}, large: {provider: openai}}\n"
    "router: {fallback: [large]}\n";

}  // namespace pointsman::config
