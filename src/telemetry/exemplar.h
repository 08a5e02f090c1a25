// Requests that buckets of a histogram name, so that whoever looks at a slow bucket can open one of its requests
// (OpenMetrics 1.0, "Exemplars").
//
// Written by the histogram's own thread alone, read by any: a seqlock for each bucket (Boehm, "Can seqlocks get along
// with programming language memory models?", 2012). A shelf holds no memory until something is put on it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/uuid.h"

namespace pointsman::telemetry {

// Which request was observed. A trace of zeros: it has none.
struct ExampleRequest {
  base::Uuid decision;
  std::array<std::uint64_t, 2> trace{};  // its high and its low half
  base::WallTime at{};
};

struct Exemplar {
  ExampleRequest of;
  double value = 0;
};

class ExemplarShelf {
 public:
  static constexpr std::size_t kPlaces = 21;

  ExemplarShelf() = default;
  ~ExemplarShelf() { delete places_.load(std::memory_order_relaxed); }
  ExemplarShelf(const ExemplarShelf&) = delete;
  ExemplarShelf& operator=(const ExemplarShelf&) = delete;

  // From the owning thread.
  void put(std::size_t place, const Exemplar& exemplar);
  std::optional<Exemplar> get(std::size_t place) const;

 private:
  static constexpr std::size_t kWords = 6;
  struct Place {
    std::atomic<std::uint32_t> version{0};  // odd while it is written; 0: nothing is there
    std::array<std::atomic<std::uint64_t>, kWords> words{};
  };
  std::atomic<std::array<Place, kPlaces>*> places_{nullptr};
};

}  // namespace pointsman::telemetry
