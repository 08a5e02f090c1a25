#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "journal/file.h"
#include "journal/journal.h"
#include "journal/journal_format.h"

namespace pointsman::journal {
namespace {

// Reads exactly `size` bytes at `offset`; a shorter file is kCorrupt.
base::Result<void> read_at(const File& file, void* out, std::size_t size, std::uint64_t offset) {
  auto* at = static_cast<char*>(out);
  while (size > 0) {
    const ssize_t got = ::pread(file.get(), at, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(io_error("cannot read the journal", errno));
    if (got == 0) return base::fail(base::ErrorCode::kCorrupt, "the journal file is too short");
    at += got;
    size -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

base::Result<void> read_ring(const File& file, void* out, std::size_t size, std::uint64_t position,
                             std::uint64_t capacity) {
  const std::uint64_t offset = position & (capacity - 1);
  const std::size_t first = std::min<std::size_t>(size, static_cast<std::size_t>(capacity - offset));
  PM_CHECK(read_at(file, out, first, kHeaderSize + offset));
  if (first == size) return {};
  return read_at(file, static_cast<char*>(out) + first, size - first, kHeaderSize);
}

bool all_zero(std::string_view bytes) {
  return bytes.find_first_not_of('\0') == std::string_view::npos;
}

// The ring's capacity, or 0 if the header was never written.
base::Result<std::uint64_t> read_capacity(const File& file) {
  char head[kHeaderSize] = {};
  const ssize_t got = ::pread(file.get(), head, sizeof head, 0);
  if (got < 0) return base::fail(io_error("cannot read the journal", errno));
  if (all_zero({head, static_cast<std::size_t>(got)})) return 0;
  FileHeader header{};
  std::memcpy(&header, head, sizeof header);
  const bool sound = std::memcmp(header.magic, kMagic, sizeof kMagic) == 0 &&
                     header.checksum == header_checksum(header) && std::has_single_bit(header.capacity);
  if (!sound) return base::fail(base::ErrorCode::kCorrupt, "the journal's header is damaged");
  return header.capacity;
}

}  // namespace

base::Result<Recovered> recover_journal(const std::string& path,
                                        const std::function<base::Result<void>(std::string_view record)>& each) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return base::fail(io_error("cannot open " + path, errno));
  PM_TRY(const std::uint64_t capacity, read_capacity(file));
  Recovered recovered;
  if (capacity == 0) return recovered;
  std::uint64_t consumed = 0;
  PM_CHECK(read_at(file, &consumed, sizeof consumed, kConsumedOffset));
  std::string payload;
  std::uint64_t position = consumed;
  while (position - consumed + sizeof(RecordHeader) <= capacity) {
    RecordHeader header{};
    PM_CHECK(read_ring(file, &header, sizeof header, position, capacity));
    if (header.length == 0) return recovered;
    const std::uint64_t end = position - consumed + record_space(header.length);
    recovered.torn = header.position != position || end > capacity;
    if (recovered.torn) return recovered;
    payload.resize(header.length);
    PM_CHECK(read_ring(file, payload.data(), payload.size(), position + sizeof header, capacity));
    recovered.torn = header.checksum != record_checksum(payload, position);
    if (recovered.torn) return recovered;
    PM_CHECK(each(payload));
    ++recovered.records;
    position = consumed + end;
  }
  return recovered;
}

}  // namespace pointsman::journal
