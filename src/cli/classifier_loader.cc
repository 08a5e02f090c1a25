#include "cli/classifier_loader.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace pointsman::cli {
namespace {

using base::ErrorCode;
using base::Result;

base::Error failure(int code) {
  const auto kind = code == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo;
  return base::Error(kind, std::generic_category().message(code));
}

class Mapping {
 public:
  static Result<std::shared_ptr<const Mapping>> of(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return base::fail(failure(errno));
    auto mapping = map(file);
    ::close(file);
    return mapping;
  }
  Mapping(void* address, std::size_t size) : address_(address), size_(size) {}
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  ~Mapping() { ::munmap(address_, size_); }

  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(address_), size_}; }

 private:
  static Result<std::shared_ptr<const Mapping>> map(int file) {
    struct stat facts{};
    if (::fstat(file, &facts) != 0) return base::fail(failure(errno));
    if (!S_ISREG(facts.st_mode)) return base::fail(ErrorCode::kIo, "is not a regular file");
    if (facts.st_size == 0) return base::fail(ErrorCode::kCorrupt, "is empty");
    const auto size = static_cast<std::size_t>(facts.st_size);
    void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (address == MAP_FAILED) return base::fail(failure(errno));
    return std::make_shared<const Mapping>(address, size);
  }

  void* address_;
  std::size_t size_;
};

Result<std::shared_ptr<const classify::LinearModel>> load_file(const std::string& path) {
  PM_TRY(const auto mapping, Mapping::of(path));
  return classify::LinearModel::open(mapping->bytes(), mapping);
}

}  // namespace

Result<std::shared_ptr<const classify::LinearModel>> load_model(const std::string& name,
                                                                std::span<const std::byte> builtin) {
  if (name != kBuiltinModel) {
    auto model = load_file(name);
    if (!model) return base::fail(std::move(model).error().in("classifier " + name));
    return model;
  }
  if (builtin.empty()) {
    return base::fail(ErrorCode::kNotFound,
                      "this program carries no built-in classifier; train one with `pointsman train`");
  }
  return classify::LinearModel::open(builtin, nullptr);
}

gateway::ClassifierLoader classifier_loader(std::span<const std::byte> builtin) {
  return [builtin](const std::string& name) -> Result<std::shared_ptr<const classify::Classifier>> {
    PM_TRY(std::shared_ptr<const classify::Classifier> model, load_model(name, builtin));
    return model;
  };
}

}  // namespace pointsman::cli
