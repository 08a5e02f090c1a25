// The bytes of a journal file (journal.h tells the story); shared by the ring and by recovery.
// Constants and pure functions only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace pointsman::journal {

inline constexpr std::size_t kHeaderSize = 4096;
inline constexpr std::size_t kConsumedOffset = 64;
inline constexpr char kMagic[8] = {'P', 'M', 'J', 'R', 'N', 'L', '0', '1'};

struct FileHeader {
  char magic[8];
  std::uint64_t capacity;
  std::uint64_t checksum;  // of magic and capacity
};

struct RecordHeader {
  std::uint32_t length;
  std::uint32_t zero;
  std::uint64_t position;
  std::uint64_t checksum;
};
static_assert(sizeof(RecordHeader) == 24);

inline std::uint64_t header_checksum(const FileHeader& header) {
  return base::xxh3({reinterpret_cast<const char*>(&header), offsetof(FileHeader, checksum)});
}
inline std::uint64_t record_checksum(std::string_view payload, std::uint64_t position) {
  return base::xxh3(payload, position);
}
constexpr std::size_t record_space(std::size_t payload) {
  return (sizeof(RecordHeader) + payload + 7) & ~std::size_t{7};
}

}  // namespace pointsman::journal
