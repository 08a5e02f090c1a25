// links: pm_config
// parses: config/load config/reader config/yaml_tree config/value_parse config/units config/interpolate config/address
// Any text is either a configuration or a list of problems; what loads can be described, and its policy reads back.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/describe.h"
#include "config/load.h"
#include "config/policy.h"

namespace {

using pointsman::base::ErrorCode;
using pointsman::base::Result;

// Every path that ends in a letter below 'n' is a file with that path's text as its content.
class FuzzFiles final : public pointsman::config::FileSource {
 public:
  Result<std::string> read(const std::string& path, std::size_t) override {
    if (!exists(path)) return pointsman::base::fail(ErrorCode::kNotFound, "no such file");
    return "\"" + path + "\"\n{\"text\": \"x\", \"category\": \"a\"}\n";
  }
  Result<void> readable(const std::string& path) override {
    if (exists(path)) return {};
    return pointsman::base::fail(ErrorCode::kNotFound, "no such file");
  }

 private:
  static bool exists(const std::string& path) { return !path.empty() && path.back() < 'n'; }
};

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pointsman::config;
  FuzzFiles files;
  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "OPENAI_API_KEY") return "sk-0123456789abcdef";
    if (name == "A") return "canary-\n-value";
    return std::nullopt;
  };
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = load(text, "dir/pointsman.yaml", {files, environment});
  if (!loaded) {
    require(!loaded.error().empty());
    const bool said_by_text = text.contains("canary");
    for (const Problem& problem : loaded.error()) {
      require(!problem.message.empty());
      require(said_by_text || !problem.to_string().contains("canary"));
    }
    return 0;
  }
  require(!loaded->listeners.empty() && !loaded->router.fallback.empty() && loaded->version.size() == 64);
  require(!describe_json(*loaded).empty() && !describe_yaml(*loaded).empty());
  const std::string document = policy_document(policy_of(*loaded));
  const auto again = read_policy(document);
  require(again.has_value() && policy_document(*again) == document);
  return 0;
}
