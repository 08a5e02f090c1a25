// Memory for the kernels: aligned to a cache line, zero when new, only ever growing.
// Owned by one object, used by whoever may use that object; moving it leaves the addresses of its contents alone.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

#include "encode/kernels.h"

namespace pointsman::encode {

class Aligned {
 public:
  Aligned() = default;
  explicit Aligned(std::size_t bytes) { reserve(bytes); }

  // Makes room for `bytes`. If there was less, what was there is gone and all of the room is zero.
  void reserve(std::size_t bytes) {
    if (bytes <= bytes_) return;
    bytes = round_up(bytes, kAlignment);
    memory_.reset(static_cast<std::byte*>(::operator new(bytes, std::align_val_t{kAlignment})));
    std::memset(memory_.get(), 0, bytes);
    bytes_ = bytes;
  }

  template <class T>
  T* as() {
    return reinterpret_cast<T*>(memory_.get());
  }
  template <class T>
  const T* as() const {
    return reinterpret_cast<const T*>(memory_.get());
  }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(std::byte* p) const { ::operator delete(p, std::align_val_t{kAlignment}); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t bytes_ = 0;
};

}  // namespace pointsman::encode
