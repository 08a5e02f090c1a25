// Compiled JSON schemas, kept by the text they were made of: clients send the same ones again and again.
//
// Of one worker, on its loop. Bounded: the oldest goes when the shelf is full.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "json/schema.h"

namespace pointsman::gateway {

class SchemaShelf {
 public:
  static constexpr std::size_t kMost = 256;
  static constexpr std::size_t kLongest = 256U << 10;  // of a text that is kept

  // Null: no schema that we can hold an answer against.
  std::shared_ptr<const json::Schema> get(std::string_view text);
  std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::string text;
    std::shared_ptr<const json::Schema> schema;
  };
  std::unordered_map<std::uint64_t, Kept> kept_;
  std::deque<std::uint64_t> order_;  // oldest first
};

}  // namespace pointsman::gateway
