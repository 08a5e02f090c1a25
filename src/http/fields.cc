#include "http/fields.h"

#include <cstring>

namespace pointsman::http {
namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  if (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0) return true;  // as nearly everybody writes it
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::optional<std::string_view> FieldList::find(std::string_view name) const {
  for (const Field& field : *this) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::size_t FieldList::count(std::string_view name) const {
  std::size_t found = 0;
  for (const Field& field : *this) found += equal_ignoring_case(field.name, name) ? 1 : 0;
  return found;
}

void FieldList::rebase(const char* from, const char* to) {
  for (std::size_t i = 0; i < size_; ++i) {
    fields_[i] = {rebased(fields_[i].name, from, to), rebased(fields_[i].value, from, to)};
  }
}

}  // namespace pointsman::http
