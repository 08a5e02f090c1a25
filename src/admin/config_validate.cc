// POST /config/validate: the loader over a text that somebody posted, who must learn nothing from it but what the text
// says: no file is opened, no variable looked up.
#include <fmt/format.h>

#include <algorithm>

#include "admin/config_parts.h"
#include "admin/config_view.h"
#include "json/strict_reader.h"

namespace pointsman::admin {
namespace {

using base::Result;
using config::DescribedValue;
using config::Problem;

constexpr std::size_t kMostBody = std::size_t{2} << 20;
constexpr std::string_view kNotRead = "files are not read here";
// Stands for a secret of which the text has the hint, as it was shown: it stays as it is.
constexpr std::string_view kUnchanged = "${POINTSMAN_SECRET_IN_FORCE}";

// No file is looked at; but the time zone in force is known already.
class NoFiles final : public config::FileSource {
 public:
  explicit NoFiles(const config::AccessConfig& running) : running_(running) {}

  Result<std::string> read(const std::string& path, std::size_t /*max_bytes*/) override {
    const bool zone = !running_.zone_data.empty() && path.ends_with("/zoneinfo/" + running_.time_zone);
    if (zone) return running_.zone_data;
    return base::fail(base::ErrorCode::kForbidden, std::string(kNotRead));
  }
  Result<void> readable(const std::string& /*path*/) override { return {}; }

 private:
  const config::AccessConfig& running_;
};

bool rests_on_references(const Problem& one, const config::PlacedConfig& loaded) {
  return !one.key.empty() && loaded.places.was_filled_within(one.key);
}

// The text of GET /config with its hints, edited: what is a hint there stays the secret that is in force.
std::string with_secrets_kept(std::string text, const config::Config& running) {
  for (const DescribedValue& one : config::describe_values(running)) {
    if (!one.secret || !one.value.contains("…")) continue;
    for (std::size_t at = text.find(one.value); at != std::string::npos; at = text.find(one.value, at)) {
      text.replace(at, one.value.size(), kUnchanged);
      at += kUnchanged.size();
    }
  }
  return text;
}

bool is_kept_secret(const Problem& one, const config::PlacedConfig& loaded) {
  return loaded.places.written(one.key) == kUnchanged;
}

// What cannot be told without the machine that the text is for.
bool is_unknown(const Problem& one, const config::PlacedConfig& loaded) {
  if (one.message.contains(kNotRead) || rests_on_references(one, loaded)) return true;
  return one.mark.line == 0 && one.key == "providers" && !loaded.names_models();
}

std::string unknown_because(const Problem& one, const config::PlacedConfig& loaded) {
  if (rests_on_references(one, loaded)) return "is not checked: nothing is filled in here, neither variables nor files";
  if (one.message.contains(kNotRead)) return "is not checked: " + std::string(kNotRead);
  return "is not checked: providers and models would come from the API keys in the environment";
}

// `unknown` are told, and do not keep it from loading.
struct Verdict {
  std::vector<Problem> wrong;
  std::vector<Problem> unknown;
};

Verdict judge(const config::PlacedConfig& loaded) {
  Verdict out;
  for (const Problem& one : loaded.problems) {
    if (is_kept_secret(one, loaded)) continue;
    if (!is_unknown(one, loaded)) {
      out.wrong.push_back(one);
      continue;
    }
    out.unknown.push_back(one);
    out.unknown.back().message = unknown_because(one, loaded);
  }
  return out;
}

// Values that rest on what is unknown are no changes.
std::vector<ValueChange> changes_of(const config::Config& running, const config::PlacedConfig& loaded) {
  std::vector<DescribedValue> before = config::describe_values(running);
  std::vector<DescribedValue> after = config::describe_values(loaded.config);
  const bool own_ledger = loaded.places.has("ledger.path");  // its usual place rests on variables
  const auto unknown = [&](const DescribedValue& one) {
    if (one.path == "ledger.path" && !own_ledger) return true;
    const bool from_keys =
        !loaded.names_models() &&
        (one.path.starts_with("providers.") || one.path.starts_with("models.") || one.path.starts_with("categories."));
    return from_keys || loaded.places.was_filled(one.path);
  };
  std::erase_if(before, unknown);
  std::erase_if(after, unknown);
  return changes_between(before, after);
}

void write_changes(json::Writer& json, const std::vector<ValueChange>& changes) {
  const auto side = [&json](std::string_view name, const std::optional<std::string>& text) {
    json.key(name);
    text ? json.value(*text) : json.null();
  };
  json.key("changes").begin_array();
  for (const ValueChange& one : changes) {
    json.begin_object().member("key", one.key);
    side("before", one.before);
    side("after", one.after);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

Result<Answer> post_validate(Call& call) {
  std::string text;
  json::StrictReader in(call.request.body, kMostBody);
  PM_CHECK(in.open());
  in.object("an object with yaml", {{"yaml", [&] { text = in.text(kMostBody); }}});
  PM_CHECK(in.result());
  const config::Config running = call.world.configured();
  NoFiles files(running.access);
  text = with_secrets_kept(std::move(text), running);
  const bool refers = text.contains("${");
  const std::string path = call.world.facts().config_file;
  const config::PlacedConfig loaded = config::load_placed(text, path.empty() ? "pointsman.yaml" : path,
                                                          {files, [](std::string_view) { return std::nullopt; }});
  const Verdict verdict = judge(loaded);
  const bool ok = verdict.wrong.empty();
  Answer out;
  json::Writer json(out.body);
  json.begin_object().member("ok", ok);
  json.member("version", ok && !refers ? loaded.config.version : std::string());
  write_problems(json.key("problems"), ok ? verdict.unknown : verdict.wrong);
  write_changes(json, ok ? changes_of(running, loaded) : std::vector<ValueChange>());
  json.end_object();
  return out;
}

}  // namespace pointsman::admin
