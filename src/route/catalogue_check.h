// What of the catalogue is not to be relied on: prices and windows that grew old, that nobody verified, that nobody
// knows. Pure; the day is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "route/catalogue.h"

namespace pointsman::route {

inline constexpr std::chrono::days kOldAfter{90};

// Nothing if its date cannot be read.
std::optional<std::chrono::days> age_of(const CatalogueEntry& entry, std::chrono::sys_days today);

// A model of a configuration, as far as the configuration itself says.
struct ConfiguredModel {
  std::string name;
  std::string upstream;
  Prices price;
  bool has_limits = false;  // it states its window or its limits
};

enum class CatalogueConcern : std::uint8_t {
  kUnpriced,          // neither the configuration nor the catalogue has a price
  kUnverifiedPrice,   // the catalogue's, and nobody held it against the provider's own
  kUnverifiedLimits,  // likewise, its window and limits
  kOld,               // the catalogue's facts are older than they may be
};

struct ModelConcern {
  std::string model;
  CatalogueConcern concern = CatalogueConcern::kUnpriced;
  std::string as_of;  // of the catalogue's entry; empty: it has none
};
// "its price was last looked up on 2026-05-01; compare it with the provider's list"
std::string describe(const ModelConcern& concern);

// In the order of the models; one model may have several.
std::vector<ModelConcern> concerns(const Catalogue& catalogue, std::span<const ConfiguredModel> models,
                                   std::chrono::sys_days today, std::chrono::days max_age);

struct CatalogueAge {
  std::size_t old = 0;  // entries older than they may be, or without a date
  std::size_t entries = 0;
  std::string oldest;  // date
  std::string newest;
};
CatalogueAge age_of(const Catalogue& catalogue, std::chrono::sys_days today, std::chrono::days max_age);

}  // namespace pointsman::route
