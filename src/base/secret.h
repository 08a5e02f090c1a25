// A string that cannot be printed by accident: provider keys, virtual keys, passwords.
//
// There is no operator<<, no formatter and no implicit conversion; the only way out is reveal(), which reviewers grep
// for. The bytes are overwritten on destruction and on move.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace pointsman::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      value_ = other.value_;
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return value_.empty(); }
  // The clear text; for building the outgoing Authorization header and nothing else.
  std::string_view reveal() const { return value_; }
  // "sk-p…(24)": enough to recognise which secret, not enough to use it.
  std::string hint() const;

 private:
  void wipe();
  std::string value_;
};

// Compares in time that depends only on the lengths.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace pointsman::base
