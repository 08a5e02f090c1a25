#include "journal/journal.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <span>

#include "base/log.h"
#include "journal/file.h"
#include "journal/journal_format.h"
#include "ledger/entry_codec.h"

namespace pointsman::journal {
namespace {

constexpr std::uint64_t kPrefault = 1U << 20;

}  // namespace

base::Result<std::unique_ptr<Journal>> Journal::create(const std::string& path, std::size_t ring_bytes,
                                                       std::size_t max_record) {
  std::unique_ptr<Journal> journal(new Journal);
  journal->path_ = path;
  journal->max_record_ = std::max(max_record, ledger::kMinRecordCapacity);
  journal->capacity_ = std::bit_ceil(std::max({ring_bytes, 2 * journal->slot(), std::size_t{4096}}));
  const File file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.valid()) return base::fail(io_error("cannot create " + path, errno));
  const auto size = static_cast<off_t>(kHeaderSize + journal->capacity_);
  if (const int failure = ::posix_fallocate(file.get(), 0, size); failure != 0) {
    ::unlink(path.c_str());
    return base::fail(io_error("cannot allocate " + std::to_string(size) + " bytes for " + path, failure));
  }
  PM_CHECK(journal->map(file.get()));
  journal->prefault();
  return journal;
}

base::Result<void> Journal::map(int file) {
  const std::size_t whole = kHeaderSize + 2 * capacity_;
  void* base = ::mmap(nullptr, whole, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (base == MAP_FAILED) return base::fail(io_error("cannot map " + path_, errno));
  base_ = static_cast<char*>(base);
  ring_ = base_ + kHeaderSize;
  constexpr int kAccess = PROT_READ | PROT_WRITE;
  if (::mmap(base_, kHeaderSize + capacity_, kAccess, MAP_SHARED | MAP_FIXED, file, 0) == MAP_FAILED ||
      ::mmap(ring_ + capacity_, capacity_, kAccess, MAP_SHARED | MAP_FIXED, file, kHeaderSize) == MAP_FAILED) {
    return base::fail(io_error("cannot map " + path_, errno));
  }
  FileHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.capacity = capacity_;
  header.checksum = header_checksum(header);
  std::memcpy(base_, &header, sizeof header);
  return {};
}

Journal::~Journal() {
  if (base_ != nullptr) ::munmap(base_, kHeaderSize + 2 * capacity_);
}

std::size_t Journal::slot() const {
  return record_space(max_record_);
}

bool Journal::reserve() {
  const std::uint64_t needed = head_ + (reserved_ + 1) * slot();
  if (needed - known_free_ > capacity_) {
    known_free_ = committed_.load(std::memory_order_acquire);
    if (needed - known_free_ > capacity_) return false;
  }
  ++reserved_;
  return true;
}

void Journal::release() {
  if (reserved_ > 0) --reserved_;
}

void Journal::append(const ledger::Entry& entry) {
  if (reserved_ == 0 && !reserve()) {
    base::log_error("ledger: entry {} was appended without a reservation and found no room", entry.id.to_string());
    return;
  }
  --reserved_;
  char* out = at(head_);
  const std::size_t size = ledger::encode(entry, std::span(out + sizeof(RecordHeader), max_record_));
  const RecordHeader header{0, 0, head_, record_checksum({out + sizeof header, size}, head_)};
  std::memcpy(out, &header, sizeof header);
  // The length goes last, so that whatever a dead process leaves behind is whole or does not exist.
  std::atomic_ref(reinterpret_cast<RecordHeader*>(out)->length)
      .store(static_cast<std::uint32_t>(size), std::memory_order_release);
  head_ += record_space(size);
  appended_rows_.store(appended_rows_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  appended_.store(head_);
}

bool Journal::next(std::uint64_t& position, std::string_view& record) const {
  if (position == appended_.load()) return false;
  const char* from = at(position);
  RecordHeader header;
  std::memcpy(&header, from, sizeof header);
  record = {from + sizeof header, header.length};
  position += record_space(header.length);
  return true;
}

void Journal::commit(std::uint64_t position, std::uint64_t rows) {
  const std::uint64_t from = committed_.load(std::memory_order_relaxed);
  // First the mark, then the wiping: the other way round a death in between would hide the records that follow.
  std::atomic_ref(*reinterpret_cast<std::uint64_t*>(base_ + kConsumedOffset))
      .store(position, std::memory_order_release);
  std::memset(at(from), 0, static_cast<std::size_t>(position - from));
  committed_rows_.store(committed_rows_.load(std::memory_order_relaxed) + rows, std::memory_order_relaxed);
  committed_.store(position, std::memory_order_release);
}

void Journal::prefault() {
#ifdef MADV_POPULATE_WRITE
  const std::uint64_t ahead = std::min<std::uint64_t>(kPrefault, capacity_ / 4);
  if (prefaulted_ > appended_.load(std::memory_order_relaxed) + ahead / 2) return;
  prefaulted_ = std::max(prefaulted_, appended_.load(std::memory_order_relaxed) & ~(ahead - 1));
  ::madvise(at(prefaulted_), static_cast<std::size_t>(ahead), MADV_POPULATE_WRITE);
  prefaulted_ += ahead;
#endif
}

std::uint64_t Journal::waiting_rows() const {
  const std::uint64_t done = committed_rows_.load(std::memory_order_relaxed);
  return appended_rows_.load(std::memory_order_relaxed) - done;
}

}  // namespace pointsman::journal
