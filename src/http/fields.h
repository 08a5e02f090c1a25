// Header fields as views into the caller's buffer, in an inline array: parsing a head allocates nothing.
//
// A FieldList is owned by a head and reused from request to request. The views live as long as the buffer stays where
// it is; rebase() follows a buffer that moved.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace pointsman::http {

inline constexpr std::size_t kMaxFields = 100;

struct Field {
  std::string_view name;   // a token, in the sender's case
  std::string_view value;  // without the white space around it
};

// ASCII case-insensitive equality, which is how field names, codings and connection options compare.
bool equal_ignoring_case(std::string_view a, std::string_view b);

// The same view at `to` that it was at `from`; no pointer is read through, so `from` may be gone.
inline std::string_view rebased(std::string_view view, const char* from, const char* to) {
  return view.data() == nullptr ? view : std::string_view(to + (view.data() - from), view.size());
}

class FieldList {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Field* begin() const { return fields_.data(); }
  const Field* end() const { return fields_.data() + size_; }
  const Field& operator[](std::size_t i) const { return fields_[i]; }

  // The value of the first field of that name, or nothing.
  std::optional<std::string_view> find(std::string_view name) const;
  // How many fields have that name: the caller of find() who must not guess between two asks this first.
  std::size_t count(std::string_view name) const;

  void clear() { size_ = 0; }
  // Needs size() < kMaxFields.
  void add(Field field) { fields_[size_++] = field; }
  void rebase(const char* from, const char* to);

 private:
  std::array<Field, kMaxFields> fields_;
  std::size_t size_ = 0;
};

}  // namespace pointsman::http
