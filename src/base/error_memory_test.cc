// An error can be made where there is no memory left: whoever handles a lack of memory makes one.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "base/error.h"

namespace {
thread_local bool no_memory = false;
}  // namespace

// All of this program's; they fail where a test says so.
void* operator new(std::size_t bytes) {
  void* const made = no_memory ? nullptr : std::malloc(bytes);
  if (made == nullptr) throw std::bad_alloc();
  return made;
}
void* operator new(std::size_t bytes, const std::nothrow_t& /*unused*/) noexcept {
  return no_memory ? nullptr : std::malloc(bytes);
}
void operator delete(void* made) noexcept {
  std::free(made);
}
void operator delete(void* made, std::size_t /*bytes*/) noexcept {
  std::free(made);
}

namespace pointsman::base {
namespace {

TEST(Error, IsMadeWithoutMemory) {
  std::string message = "std::bad_alloc";
  no_memory = true;
  const Error error(ErrorCode::kOverloaded, std::move(message));
  const ErrorCode code = error.code();
  no_memory = false;
  EXPECT_EQ(code, ErrorCode::kInternal);
  EXPECT_EQ(error.message(), "");
}

}  // namespace
}  // namespace pointsman::base
