#include "app/encoder_shelf.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace pointsman::app {
namespace {

constexpr std::size_t kMaxFiles = 10'000;  // of a folder that somebody named by mistake

std::string facts_of(const std::string& path) {
  struct stat facts{};
  if (::stat(path.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) return {};
  return fmt::format("{}:{}:{}:{}.{}", facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtim.tv_sec,
                     facts.st_mtim.tv_nsec);
}

}  // namespace

std::string identity_of_files(const std::string& path) {
  if (const std::string file = facts_of(path); !file.empty()) return file;
  std::vector<std::string> files;
  std::error_code failed;
  std::filesystem::recursive_directory_iterator next(path, failed);
  while (!failed && next != std::filesystem::recursive_directory_iterator() && files.size() < kMaxFiles) {
    const std::string name = next->path().string();
    if (const std::string facts = facts_of(name); !facts.empty()) files.push_back(name + "=" + facts);
    next.increment(failed);
  }
  std::ranges::sort(files);
  std::string all;
  for (const std::string& one : files) all += one + "\n";
  return all;
}

base::Result<std::shared_ptr<const encode::Encoder>> EncoderShelf::take(const std::string& path,
                                                                        encode::Precision precision) {
  std::string files = identity_of_files(path);
  std::erase_if(known_, [](const Known& one) { return one.encoder.expired(); });
  for (const Known& one : known_) {
    if (one.path != path || one.precision != precision || one.files != files || files.empty()) continue;
    if (auto encoder = one.encoder.lock()) return encoder;
  }
  PM_TRY(auto encoder, load_(path, precision));
  known_.push_back({path, precision, std::move(files), encoder});
  return encoder;
}

gateway::EncoderLoader EncoderShelf::loader() {
  if (!load_) return {};
  return [this](const std::string& path, encode::Precision precision) { return take(path, precision); };
}

}  // namespace pointsman::app
