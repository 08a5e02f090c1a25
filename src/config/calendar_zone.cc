#include "config/calendar_zone.h"

#include <fmt/format.h>

#include <algorithm>

#include "limits/time_zone.h"

namespace pointsman::config {
namespace {

constexpr std::string_view kFolder = "/usr/share/zoneinfo/";
constexpr std::string_view kPath = "access.time_zone";

// Names become part of a path.
bool is_zone_name(std::string_view name) {
  const bool letters = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
           c == '-' || c == '+';
  });
  return letters && !name.empty() && name.size() <= 64 && !name.starts_with('/') && !name.contains("//");
}

}  // namespace

void take_time_zone(Config& config, const Sources& sources, const Places& places, Problems& problems) {
  AccessConfig& access = config.access;
  if (access.time_zone == "UTC") return;
  const std::string path(kPath);
  const auto refuse = [&](std::string message) { problems.add(places.at(path), path, std::move(message)); };
  const std::string shown = places.shown(path, access.time_zone);
  if (!is_zone_name(access.time_zone)) return refuse(shown + " is not a time zone; write one such as Europe/Vienna");
  auto bytes = sources.files.read(std::string(kFolder) + access.time_zone, limits::TimeZone::kMaxBytes);
  if (!bytes) {
    return refuse(fmt::format("{} is not in {} ({}); write one such as Europe/Vienna, or install tzdata", shown,
                              kFolder, bytes.error().message()));
  }
  const auto zone = limits::TimeZone::parse(*bytes, access.time_zone);
  if (!zone) return refuse(fmt::format("{} cannot be used: {}", shown, zone.error().message()));
  access.zone_data = std::move(*bytes);
}

}  // namespace pointsman::config
