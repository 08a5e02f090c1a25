#include "route/catalogue.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "base/suggest.h"

extern "C" {
extern const unsigned char pm_embed_catalogue[];
extern const unsigned char pm_embed_catalogue_end[];
}

namespace pointsman::route {
namespace {

using simdjson::dom::element;

constexpr std::int64_t kVersion = 1;
constexpr double kDearestFactor = 10;  // of a service tier

base::Error wrong(std::string place, std::string message) {
  return base::Error(base::ErrorCode::kParse, std::move(message)).at(std::move(place));
}

// One model of the file being read; remembers the first thing that is wrong.
class EntryReader {
 public:
  EntryReader(element object, std::string place) : object_(object), place_(std::move(place)) {}

  std::string text(const char* key) {
    std::string_view value;
    if (read(key, value) && value.empty()) fail(key, "must not be empty");
    return std::string(value);
  }
  std::string required_text(const char* key) {
    std::string value = text(key);
    if (value.empty()) fail(key, "is missing");
    return value;
  }
  std::optional<std::int64_t> positive(const char* key) {
    std::int64_t value = 0;
    if (!read(key, value)) return std::nullopt;
    if (value <= 0) fail(key, "must be positive");
    return value;
  }
  std::optional<base::TokenPrice> price(const char* key) {
    const auto per_million = dollars(key);
    return per_million ? std::optional(base::TokenPrice::per_million(*per_million)) : std::nullopt;
  }
  std::optional<base::Money> dollars(const char* key) {
    std::string_view value;
    if (!read(key, value)) return std::nullopt;
    const auto amount = base::Money::parse(value);
    if (amount && amount->nanos >= 0) return amount;
    fail(key, "must be dollars (for tokens: per million of them), like \"0.15\"");
    return std::nullopt;
  }
  std::optional<double> share(const char* key, double most = 1) {
    double value = 0;
    if (!read(key, value)) return std::nullopt;
    if (value < 0 || value > most) fail(key, fmt::format("must be a number from 0 to {}", most));
    return value;
  }
  Rates rates() {
    return {price("input"),       price("cached_input"),     price("output"),
            price("cache_write"), price("long_cache_write"), price("reasoning")};
  }
  void prices(Prices& out) {
    const Rates base = rates();
    out = {.input = base.input,
           .cached_input = base.cached_input,
           .output = base.output,
           .cache_write = base.cache_write,
           .long_cache_write = base.long_cache_write,
           .reasoning = base.reasoning,
           .image = dollars("image"),
           .batch = share("batch"),
           .flex = share("flex"),
           .priority = share("priority", kDearestFactor)};
    simdjson::dom::array tiers;
    if (!read("tiers", tiers)) return;
    for (const element one : tiers) {
      EntryReader in(one, fmt::format("{}/tiers/{}", place_, out.tiers.size()));
      const std::int64_t above = in.positive("above").value_or(0);
      if (above <= (out.tiers.empty() ? 0 : out.tiers.back().above)) in.fail("above", "must rise from tier to tier");
      out.tiers.push_back({in.rates(), above});
      if (!out.tiers.back().known()) in.fail("input", "and output must be given in a tier");
      if (in.error() && !error_) error_ = in.error();
    }
  }
  std::vector<std::string> texts(const char* key) {
    std::vector<std::string> list;
    simdjson::dom::array items;
    if (!read(key, items)) return list;
    for (const element item : items) {
      std::string_view value;
      if (item.get(value) != simdjson::SUCCESS) fail(key, "must be a list of strings");
      list.emplace_back(value);
    }
    return list;
  }
  llm::CapabilitySet capabilities() {
    llm::CapabilitySet set;
    for (const std::string& name : texts("capabilities")) {
      const auto one = llm::capability_from(name);
      if (!one) {
        fail("capabilities", "has an unknown name: " + name);
      } else {
        set.add(*one);
      }
    }
    return set;
  }
  // The name of a source that the file explains.
  std::string source(const char* key, element sources) {
    std::string name = required_text(key);
    if (!name.empty() && sources[name].error() != simdjson::SUCCESS) {
      fail(key, "names a source that /sources does not explain: " + name);
    }
    return name;
  }
  void fail(std::string_view key, std::string_view message) {
    if (!error_) error_ = wrong(fmt::format("{}/{}", place_, key), fmt::format("{} {}", key, message));
  }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  // False if the key is absent or its value has another type (which is noted).
  template <class Value>
  bool read(const char* key, Value& value) {
    element found;
    if (object_[key].get(found) != simdjson::SUCCESS) return false;
    if (found.get(value) == simdjson::SUCCESS) return true;
    fail(key, "has the wrong type");
    return false;
  }

  element object_;
  std::string place_;
  std::optional<base::Error> error_;
};

base::Result<CatalogueEntry> read_entry(element object, std::size_t index, element sources) {
  EntryReader in(object, fmt::format("/models/{}", index));
  CatalogueEntry entry;
  Model& model = entry.model;
  model.name = in.required_text("name");
  model.provider = in.required_text("provider");
  model.upstream_name = in.text("upstream");
  if (model.upstream_name.empty()) model.upstream_name = model.name;
  model.capabilities = in.capabilities();
  model.context_window = in.positive("context_window");
  model.max_input = in.positive("max_input");
  model.max_output = in.positive("max_output");
  in.prices(model.prices);
  if (const auto tier = in.positive("tier")) {
    if (*tier > 100) in.fail("tier", "must be at most 100");
    entry.tier = static_cast<int>(*tier);
  }
  entry.aliases = in.texts("aliases");
  entry.source = in.source("source", sources);
  if (model.context_window || model.max_input || model.max_output) {
    entry.limits_source = in.source("limits_source", sources);
  }
  entry.as_of = in.required_text("as_of");
  if (in.error()) return base::fail(*in.error());
  return entry;
}

bool digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The length of "-YYYY-MM-DD", "-YYYYMMDD" or "-latest" at the end, 0 if there is none.
std::size_t snapshot_suffix(std::string_view name) {
  constexpr std::string_view kLatest = "-latest";
  if (name.ends_with(kLatest)) return kLatest.size();
  if (name.size() > 9 && name[name.size() - 9] == '-' && digits(name.substr(name.size() - 8))) return 9;
  if (name.size() <= 11) return 0;
  const std::string_view end = name.substr(name.size() - 11);
  const bool dashed = end[0] == '-' && end[5] == '-' && end[8] == '-';
  return dashed && digits(end.substr(1, 4)) && digits(end.substr(6, 2)) && digits(end.substr(9, 2)) ? 11 : 0;
}

}  // namespace

base::Result<Catalogue> Catalogue::parse(std::string_view json) {
  simdjson::dom::parser parser;
  element root;
  if (const auto code = parser.parse(simdjson::padded_string(json)).get(root); code != simdjson::SUCCESS) {
    return base::fail(wrong("", fmt::format("the catalogue is not JSON: {}", simdjson::error_message(code))));
  }
  std::int64_t version = 0;
  if (root["version"].get(version) != simdjson::SUCCESS || version != kVersion) {
    return base::fail(wrong("/version", "the catalogue's version must be 1"));
  }
  element sources;
  if (root["sources"].get(sources) != simdjson::SUCCESS || !sources.is_object()) {
    return base::fail(wrong("/sources", "the catalogue does not explain its sources"));
  }
  simdjson::dom::array models;
  if (root["models"].get(models) != simdjson::SUCCESS) {
    return base::fail(wrong("/models", "the catalogue has no list of models"));
  }
  Catalogue catalogue;
  for (const element object : models) {
    const std::size_t index = catalogue.entries_.size();
    PM_TRY(CatalogueEntry entry, read_entry(object, index, sources));
    std::vector<std::string> names = entry.aliases;
    names.push_back(entry.model.name);
    for (const std::string& name : names) {
      if (!catalogue.index_.try_emplace(name, index).second) {
        return base::fail(wrong(fmt::format("/models/{}/name", index), "the name " + name + " is listed twice"));
      }
    }
    catalogue.entries_.push_back(std::move(entry));
  }
  return catalogue;
}

base::Result<Catalogue> Catalogue::built_in() {
  return parse({reinterpret_cast<const char*>(pm_embed_catalogue),
                static_cast<std::size_t>(pm_embed_catalogue_end - pm_embed_catalogue)});
}

const CatalogueEntry* Catalogue::find_listed(std::string_view name) const {
  const auto found = index_.find(name);
  if (found != index_.end()) return &entries_[found->second];
  const std::size_t suffix = snapshot_suffix(name);
  if (suffix == 0) return nullptr;
  const auto base = index_.find(name.substr(0, name.size() - suffix));
  return base == index_.end() ? nullptr : &entries_[base->second];
}

const CatalogueEntry* Catalogue::find(std::string_view name) const {
  if (const CatalogueEntry* entry = find_listed(name)) return entry;
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return nullptr;
  const CatalogueEntry* entry = find_listed(name.substr(slash + 1));
  return entry != nullptr && entry->model.provider == name.substr(0, slash) ? entry : nullptr;
}

std::vector<std::string> Catalogue::nearest(std::string_view name) const {
  std::vector<std::string> known;
  known.reserve(entries_.size());
  for (const CatalogueEntry& entry : entries_) known.push_back(entry.model.name);
  return base::nearest_names(name, known);
}

void complete(Prices& own, const Prices& known) {
  const auto agrees = [](const auto& mine, const auto& theirs) { return !mine || mine == theirs; };
  const bool same = agrees(own.input, known.input) && agrees(own.cached_input, known.cached_input) &&
                    agrees(own.output, known.output) && agrees(own.cache_write, known.cache_write) &&
                    agrees(own.long_cache_write, known.long_cache_write) && agrees(own.reasoning, known.reasoning) &&
                    agrees(own.image, known.image) && agrees(own.batch, known.batch) && agrees(own.flex, known.flex) &&
                    agrees(own.priority, known.priority) && (own.tiers.empty() || own.tiers == known.tiers);
  if (same) own = known;
}

Model overlay(const Catalogue& catalogue, std::string name, const ModelOverrides& configured) {
  const std::string& wanted = configured.upstream_name ? *configured.upstream_name : name;
  Model model;
  if (const CatalogueEntry* entry = catalogue.find(wanted)) model = entry->model;
  // An exact or aliased name keeps the catalogue's upstream name; a snapshot is asked for by the name it was given.
  const bool same = model.name == wanted && !configured.upstream_name;
  model.name = std::move(name);
  if (!same) model.upstream_name = configured.upstream_name.value_or(model.name);
  const auto set = [](auto& value, const auto& over) {
    if (over) value = *over;
  };
  set(model.provider, configured.provider);
  set(model.capabilities, configured.capabilities);
  const auto set_optional = [](auto& value, const auto& over) {
    if (over) value = over;
  };
  set_optional(model.context_window, configured.context_window);
  set_optional(model.max_input, configured.max_input);
  set_optional(model.max_output, configured.max_output);
  set_optional(model.prices.input, configured.prices.input);
  set_optional(model.prices.cached_input, configured.prices.cached_input);
  set_optional(model.prices.output, configured.prices.output);
  set_optional(model.prices.cache_write, configured.prices.cache_write);
  set_optional(model.prices.long_cache_write, configured.prices.long_cache_write);
  set_optional(model.prices.reasoning, configured.prices.reasoning);
  set_optional(model.prices.image, configured.prices.image);
  set_optional(model.prices.batch, configured.prices.batch);
  set_optional(model.prices.flex, configured.prices.flex);
  set_optional(model.prices.priority, configured.prices.priority);
  if (!configured.prices.tiers.empty()) model.prices.tiers = configured.prices.tiers;
  return model;
}

}  // namespace pointsman::route
