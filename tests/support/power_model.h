// What a disk holds after a power cut: every file's content and name as of its last sync, and of what came later all,
// nothing, a beginning, or any of its 512-byte sectors, as a seed chooses.
//
// For tests; one model at a time, concerning one folder and what is in it. SQLite's files are seen through a layer over
// its own (power_vfs.h), syncs of files and folders where the C library is asked for them. A name is as durable as its
// folder: a file that was made and whose folder was not synced may be gone, one that was removed may be back. After the
// cut nothing reaches the disk any more. Safe from any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/rng.h"

namespace pointsman::test {

inline std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::move(std::ostringstream() << file.rdbuf()).str();
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

class PowerModel {
 public:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  // What is in `root` now is durable. The power goes in the course of the call of that number.
  PowerModel(const std::string& root, std::uint64_t cut_at) : root_(std::filesystem::canonical(root)), cut_at_(cut_at) {
    for (const auto& one : std::filesystem::recursive_directory_iterator(root_)) {
      if (one.is_directory()) lasting_folders_.insert(one.path().string());
      if (!one.is_regular_file() || is_ring(one.path())) continue;
      names_[one.path().string()] = std::make_shared<Content>(Content{read_bytes(one.path()), {}});
    }
    lasting_names_ = names_;
    lasting_folders_.insert(root_.string());
    active() = this;
  }
  ~PowerModel() { active() = nullptr; }
  PowerModel(const PowerModel&) = delete;
  PowerModel& operator=(const PowerModel&) = delete;

  // The one there is, or null.
  static std::atomic<PowerModel*>& active() {
    static std::atomic<PowerModel*> model{nullptr};
    return model;
  }

  bool concerns(const std::string& path) const { return path.starts_with(root_.string()); }
  bool is_cut() const { return cut_.load(); }
  std::uint64_t calls() const { return calls_; }
  void cut_now() {
    const std::scoped_lock lock(mutex_);
    cut();
  }

  // Each is false when there is no power: nothing was done then, or of a write nobody knows what.
  bool made(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    if (!step()) return false;
    if (auto& content = names_[path]; !content) content = std::make_shared<Content>();
    return true;
  }
  bool removed(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    if (!step()) return false;
    names_.erase(path);
    return true;
  }
  bool changed(const std::string& path, std::uint64_t offset, std::string bytes) {
    return change(path, {offset, std::move(bytes), false});
  }
  bool truncated(const std::string& path, std::uint64_t size) { return change(path, {size, {}, true}); }
  bool synced(const std::string& path) {
    const std::scoped_lock lock(mutex_);
    if (!step()) return false;
    if (std::filesystem::is_directory(path)) return sync_folder(path);
    const auto at = names_.find(path);
    if (at == names_.end()) return true;
    for (const Change& one : at->second->pending) apply(at->second->durable, one);
    at->second->pending.clear();
    return true;
  }

  // After the cut: writes what the disk holds to `folder`, which takes the place of the root.
  void restore(const std::string& folder, base::Rng& rng) const {
    std::map<std::string, std::shared_ptr<Content>> files = chosen_names(rng);
    for (const auto& [path, content] : files) {
      const std::filesystem::path to = folder / std::filesystem::path(path).lexically_relative(root_);
      if (!chosen_folder(std::filesystem::path(path).parent_path().string())) continue;
      std::filesystem::create_directories(to.parent_path());
      write_bytes(to, after_cut(*content, rng));
    }
    for (const auto& [path, now] : rings_) {
      if (!chosen_folder(std::filesystem::path(path).parent_path().string())) continue;
      const std::filesystem::path to = folder / std::filesystem::path(path).lexically_relative(root_);
      std::filesystem::create_directories(to.parent_path());
      restore_ring(to, earlier_rings_.contains(path) ? earlier_rings_.at(path) : std::string(), now, rng);
    }
  }
  // The pages that the system may have written of journals by then, as of now.
  void note_rings() {
    const std::scoped_lock lock(mutex_);
    if (!cut_) earlier_rings_ = read_rings();
  }

 private:
  static constexpr std::size_t kSector = 512;
  static constexpr std::size_t kPage = 4096;

  struct Change {
    std::uint64_t at = 0;  // where the bytes go, or the new size
    std::string bytes;
    bool truncates = false;
  };
  struct Content {
    std::string durable;
    std::vector<Change> pending;
  };

  static bool is_ring(const std::filesystem::path& path) { return path.extension() == ".ring"; }

  static void apply(std::string& content, const Change& change) {
    if (change.truncates) {
      content.resize(change.at);
      return;
    }
    if (content.size() < change.at + change.bytes.size()) content.resize(change.at + change.bytes.size());
    content.replace(change.at, change.bytes.size(), change.bytes);
  }

  // Before each call: whether it still happens.
  bool step() {
    if (cut_) return false;
    if (++calls_ >= cut_at_) cut();
    return !cut_;
  }
  void cut() {
    if (cut_) return;
    rings_ = read_rings();
    cut_ = true;
  }

  bool change(const std::string& path, Change change) {
    const std::scoped_lock lock(mutex_);
    if (cut_) return false;
    if (const auto at = names_.find(path); at != names_.end()) at->second->pending.push_back(std::move(change));
    return step();
  }

  bool sync_folder(const std::string& folder) {
    const auto in_folder = [&](const std::string& path) {
      return std::filesystem::path(path).parent_path().string() == folder;
    };
    std::erase_if(lasting_names_, [&](const auto& one) { return in_folder(one.first); });
    for (const auto& one : names_) {
      if (in_folder(one.first)) lasting_names_.insert(one);
    }
    for (const auto& one : std::filesystem::directory_iterator(folder)) {
      if (one.is_directory()) lasting_folders_.insert(one.path().string());
    }
    return true;
  }

  // A folder that was made and whose name was never synced is gone, with all that is in it: the worst that may be.
  bool chosen_folder(const std::string& folder) const { return lasting_folders_.contains(folder); }

  std::map<std::string, std::shared_ptr<Content>> chosen_names(base::Rng& rng) const {
    std::map<std::string, std::shared_ptr<Content>> files = lasting_names_;
    std::set<std::string> paths;
    for (const auto* names : {&names_, &lasting_names_}) {
      for (const auto& one : *names) paths.insert(one.first);
    }
    for (const std::string& path : paths) {
      const auto now = names_.find(path);
      const auto lasting = lasting_names_.find(path);
      const bool same = now != names_.end() && lasting != lasting_names_.end() && now->second == lasting->second;
      if (same || rng.below(2) == 0) continue;
      files.erase(path);
      if (now != names_.end()) files.insert(*now);
    }
    return files;
  }

  static std::string after_cut(const Content& content, base::Rng& rng) {
    enum : std::uint8_t { kNothing, kAll, kBeginning, kSectors, kWays };
    const auto way = rng.below(kWays);
    std::size_t most = way == kNothing ? 0 : content.pending.size();
    if (way == kBeginning) most = rng.below(most + 1);
    std::string bytes = content.durable;
    for (std::size_t i = 0; i < most; ++i) {
      if (way == kSectors) {
        apply_sectors(bytes, content.pending[i], rng);
      } else {
        apply(bytes, content.pending[i]);
      }
    }
    return bytes;
  }

  static void apply_sectors(std::string& bytes, const Change& change, base::Rng& rng) {
    if (change.truncates) {
      if (rng.below(2) == 0) apply(bytes, change);
      return;
    }
    for (std::size_t from = 0; from < change.bytes.size();) {
      const std::size_t size = std::min(kSector - (change.at + from) % kSector, change.bytes.size() - from);
      if (rng.below(2) == 0) apply(bytes, {change.at + from, change.bytes.substr(from, size), false});
      from += size;
    }
  }

  std::map<std::string, std::string> read_rings() const {
    std::map<std::string, std::string> rings;
    for (const auto& one : std::filesystem::recursive_directory_iterator(root_)) {
      if (one.is_regular_file() && is_ring(one.path())) rings[one.path().string()] = read_bytes(one.path());
    }
    return rings;
  }

  // A journal is a mapping that nobody syncs: it may be gone, empty, or have each page as of any time.
  static void restore_ring(const std::filesystem::path& to, const std::string& earlier, const std::string& now,
                           base::Rng& rng) {
    enum : std::uint8_t { kGone, kEmpty, kNow, kMixed, kWays };
    const auto way = rng.below(kWays);
    if (way == kGone) return;
    std::string bytes = way == kEmpty ? std::string() : now;
    for (std::size_t at = 0; way == kMixed && at < bytes.size(); at += kPage) {
      const std::size_t size = std::min(kPage, bytes.size() - at);
      const auto from = rng.below(3);
      if (from == 0) bytes.replace(at, size, size, '\0');
      if (from == 1 && earlier.size() >= at + size) bytes.replace(at, size, earlier, at, size);
    }
    write_bytes(to, bytes);
  }

  const std::filesystem::path root_;
  const std::uint64_t cut_at_;
  std::mutex mutex_;
  std::atomic<bool> cut_{false};
  std::atomic<std::uint64_t> calls_{0};
  std::map<std::string, std::shared_ptr<Content>> names_;          // as a running system sees them
  std::map<std::string, std::shared_ptr<Content>> lasting_names_;  // as their folders were synced
  std::set<std::string> lasting_folders_;
  std::map<std::string, std::string> rings_;
  std::map<std::string, std::string> earlier_rings_;
};

}  // namespace pointsman::test
