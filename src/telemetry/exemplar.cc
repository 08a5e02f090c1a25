#include "telemetry/exemplar.h"

#include <bit>
#include <cstring>

namespace pointsman::telemetry {

void ExemplarShelf::put(std::size_t place, const Exemplar& exemplar) {
  auto* places = places_.load(std::memory_order_relaxed);
  if (places == nullptr) {
    places = new std::array<Place, kPlaces>;
    places_.store(places, std::memory_order_release);
  }
  std::array<std::uint64_t, kWords> words{};
  std::memcpy(words.data(), exemplar.of.decision.bytes.data(), 16);
  words[2] = exemplar.of.trace[0];
  words[3] = exemplar.of.trace[1];
  words[4] = static_cast<std::uint64_t>(exemplar.of.at.time_since_epoch().count());
  words[5] = std::bit_cast<std::uint64_t>(exemplar.value);
  Place& to = (*places)[place];
  const std::uint32_t version = to.version.load(std::memory_order_relaxed);
  to.version.store(version + 1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  for (std::size_t i = 0; i < kWords; ++i) to.words[i].store(words[i], std::memory_order_relaxed);
  to.version.store(version + 2, std::memory_order_release);
}

std::optional<Exemplar> ExemplarShelf::get(std::size_t place) const {
  const auto* const places = places_.load(std::memory_order_acquire);
  if (places == nullptr) return std::nullopt;
  const Place& from = (*places)[place];
  const std::uint32_t before = from.version.load(std::memory_order_acquire);
  if (before == 0 || before % 2 != 0) return std::nullopt;
  std::array<std::uint64_t, kWords> words{};
  for (std::size_t i = 0; i < kWords; ++i) words[i] = from.words[i].load(std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_acquire);
  if (from.version.load(std::memory_order_relaxed) != before) return std::nullopt;
  Exemplar out;
  std::memcpy(out.of.decision.bytes.data(), words.data(), 16);
  out.of.trace = {words[2], words[3]};
  out.of.at = base::WallTime(base::WallTime::duration(static_cast<base::WallTime::rep>(words[4])));
  out.value = std::bit_cast<double>(words[5]);
  return out;
}

}  // namespace pointsman::telemetry
