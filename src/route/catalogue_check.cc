#include "route/catalogue_check.h"

#include <fmt/format.h>

#include <charconv>

namespace pointsman::route {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// YYYY-MM-DD.
std::optional<sys_days> date_from(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4));
  const auto month = number(text.substr(5, 2));
  const auto day = number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

bool is_old(const CatalogueEntry& entry, sys_days today, days max_age) {
  const auto age = age_of(entry, today);
  return !age || *age > max_age;
}

// Whether the price in force is the catalogue's: the configuration has none, or the same.
bool takes_price(const ConfiguredModel& model, const Prices& listed) {
  return (!model.price.input || model.price.input == listed.input) &&
         (!model.price.output || model.price.output == listed.output);
}

}  // namespace

std::optional<days> age_of(const CatalogueEntry& entry, sys_days today) {
  const auto date = date_from(entry.as_of);
  return date ? std::optional(today - *date) : std::nullopt;
}

std::string describe(const ModelConcern& concern) {
  switch (concern.concern) {
    case CatalogueConcern::kUnpriced:
      return "no price is known: its cost stays unknown; write models." + concern.model + ".price";
    case CatalogueConcern::kUnverifiedPrice:
      return "its price is unverified: compare it with the provider's list";
    case CatalogueConcern::kUnverifiedLimits:
      return "its window and limits are unverified: compare them with the provider's page";
    case CatalogueConcern::kOld:
      return fmt::format("its facts are of {}: compare them with the provider's list",
                         concern.as_of.empty() ? "an unknown day" : concern.as_of);
  }
  return "";
}

std::vector<ModelConcern> concerns(const Catalogue& catalogue, std::span<const ConfiguredModel> models, sys_days today,
                                   days max_age) {
  std::vector<ModelConcern> out;
  for (const ConfiguredModel& model : models) {
    const CatalogueEntry* entry = catalogue.find(model.upstream);
    const auto add = [&](CatalogueConcern concern) {
      out.push_back({model.name, concern, entry == nullptr ? "" : entry->as_of});
    };
    const bool known = model.price.known() || (entry != nullptr && entry->model.prices.known());
    if (!known) add(CatalogueConcern::kUnpriced);
    if (entry == nullptr) continue;
    const bool price = entry->model.prices.known() && takes_price(model, entry->model.prices);
    const bool limits = !model.has_limits && !entry->limits_source.empty();
    if (price && entry->source == kUnverified) add(CatalogueConcern::kUnverifiedPrice);
    if (limits && entry->limits_source == kUnverified) add(CatalogueConcern::kUnverifiedLimits);
    if ((price || limits) && is_old(*entry, today, max_age)) add(CatalogueConcern::kOld);
  }
  return out;
}

CatalogueAge age_of(const Catalogue& catalogue, sys_days today, days max_age) {
  CatalogueAge out;
  for (const CatalogueEntry& entry : catalogue.entries()) {
    ++out.entries;
    if (is_old(entry, today, max_age)) ++out.old;
    if (out.oldest.empty() || entry.as_of < out.oldest) out.oldest = entry.as_of;
    if (entry.as_of > out.newest) out.newest = entry.as_of;
  }
  return out;
}

}  // namespace pointsman::route
