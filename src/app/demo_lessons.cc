#include "app/demo_lessons.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/uuid.h"
#include "cli/files.h"
#include "config/describe.h"
#include "json/writer.h"

namespace pointsman::app {
namespace {

constexpr double kGolden = 0.35;
constexpr double kSlice = 0.2;

// Uniform in [0, 1), by the id alone.
double draw(std::string_view id) {
  return static_cast<double>(base::xxh3(id) >> 11) * 0x1p-53;
}

std::string statement(const std::string& id, const std::string& category, bool golden, double slice) {
  std::string line;
  json::Writer json(line);
  json.begin_object().member("decision_id", id).member("category", category);
  json.member("annotator", "demo (simulated)");
  if (golden) json.member("golden", true);
  if (slice > 0) json.key("slice").raw(fmt::format("{}", slice));
  json.end_object();
  return line + "\n";
}

}  // namespace

base::Result<void> write_lessons(const std::string& folder, const config::Config& config,
                                 const std::map<std::string, std::string>& label_of) {
  std::string golden;
  std::string slice;
  std::string corrections;
  for (const auto& [id, category] : label_of) {
    if (!base::Uuid::parse(id)) continue;  // it failed
    const double drawn = draw(id);
    if (drawn < kGolden) {
      golden += statement(id, category, true, 0);
    } else if (drawn < kGolden + kSlice) {
      slice += statement(id, category, false, kSlice);
    } else {
      corrections += statement(id, category, false, 0);
    }
  }
  PM_CHECK(cli::replace_file(folder + "/golden.jsonl", golden));
  PM_CHECK(cli::replace_file(folder + "/slice.jsonl", slice));
  PM_CHECK(cli::replace_file(folder + "/corrections.jsonl", corrections));
  return cli::replace_file(folder + "/pointsman.yaml", config::describe_yaml(config));
}

}  // namespace pointsman::app
