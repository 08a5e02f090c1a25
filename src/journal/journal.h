// The queue between one worker and the writer, which is also the crash journal: a ring in a shared mapping of a file.
//
// One producer thread (reserve, release, append) and one consumer thread (next, commit). append() is one encode into
// the mapping and one atomic store: no lock, no system call, no allocation. Because the mapping is shared and backed by
// a file, an entry survives the death of the process, kill -9 included, from the moment append() returns; it survives a
// power cut only once the consumer has committed it elsewhere. The file's blocks are allocated up front, so a full disk
// cannot turn a store into SIGBUS (on a file system that copies on write it still could).
//
// Format, little-endian: a 4096-byte header (magic, capacity, checksum; at 64 the consumed position), then the ring.
// Positions count bytes since creation. A record is {u32 length, u32 zero, u64 position, u64 xxh3(payload, position)},
// the payload, zeros up to 8 bytes; its length is written last. Free space is always zero: consumed records are wiped.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/entry.h"

namespace pointsman::journal {

class Journal {
 public:
  // Makes a new, empty file, replacing any at `path`: recover_journal() first. `ring_bytes` is rounded up to a power of
  // two of at least two records; `max_record` is at least ledger::kMinRecordCapacity.
  static base::Result<std::unique_ptr<Journal>> create(const std::string& path, std::size_t ring_bytes,
                                                       std::size_t max_record);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Producer. reserve() is false when a record of the largest size might not fit beside what is reserved already;
  // append() needs a reservation and uses it up.
  bool reserve();
  void release();
  void append(const ledger::Entry& entry);

  // Consumer. Moves `position` past the record there and sets `record`; false when nothing more was appended.
  bool next(std::uint64_t& position, std::string_view& record) const;
  // Everything before `position` is safe elsewhere: its space may be used again.
  void commit(std::uint64_t position, std::uint64_t rows);
  // Has the kernel make the pages that come next writable, so that append() seldom meets a page fault. No more than a
  // hint: kernels before 5.14 refuse it.
  void prefault();

  // Any thread: positions after the last record appended and committed; equal when nothing is waiting.
  std::uint64_t appended() const { return appended_.load(); }
  std::uint64_t committed() const { return committed_.load(std::memory_order_acquire); }
  std::uint64_t waiting_rows() const;

  std::size_t capacity() const { return capacity_; }
  const std::string& path() const { return path_; }

 private:
  Journal() = default;
  base::Result<void> map(int file);
  std::size_t slot() const;
  char* at(std::uint64_t position) const { return ring_ + (position & (capacity_ - 1)); }

  std::string path_;
  std::size_t capacity_ = 0;
  std::size_t max_record_ = 0;
  char* base_ = nullptr;  // header, then the ring mapped twice in a row: a record never has to be split
  char* ring_ = nullptr;

  std::uint64_t prefaulted_ = 0;  // consumer's own

  // Producer's own.
  std::uint64_t head_ = 0;
  std::uint64_t reserved_ = 0;
  std::uint64_t known_free_ = 0;

  alignas(64) std::atomic<std::uint64_t> appended_{0};
  std::atomic<std::uint64_t> appended_rows_{0};
  alignas(64) std::atomic<std::uint64_t> committed_{0};  // wiped and free again
  std::atomic<std::uint64_t> committed_rows_{0};
};

struct Recovered {
  std::uint64_t records = 0;
  // The reading stopped at bytes that are no whole record: a power cut or damage, never a mere death of the process.
  bool torn = false;
};

// Gives every whole record after the consumed position, in order, stopping at the first that is torn. An `each` that
// fails ends it with that error. A file whose header was never finished holds nothing; a damaged header is kCorrupt.
base::Result<Recovered> recover_journal(const std::string& path,
                                        const std::function<base::Result<void>(std::string_view record)>& each);

}  // namespace pointsman::journal
