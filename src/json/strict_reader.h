// Reads small documents of a fixed form, such as certificates: every member must be known, be there once and be of its
// kind, and the first thing that is wrong is told with its line and column.
//
// For files that a person may have edited, not for the request path. One document, one thread; the text outlives it.
//
//   StrictReader in(text, kMost);
//   PM_CHECK(in.open());
//   in.object("a thing: an object", {{"name", [&] { out.name = in.text(64); }},
//                                    {"size", [&] { out.size = in.count(10); }, StrictReader::kOptional}});
//   PM_CHECK(in.result());
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"

namespace pointsman::json {

class StrictReader {
 public:
  static constexpr bool kOptional = false;
  struct Member {
    std::string_view name;
    std::function<void()> read;
    bool required = true;
  };

  StrictReader(std::string_view text, std::size_t max_bytes) : text_(text), document_(max_bytes) {}

  // kTooLarge, or kParse with the position: from then on only the meaning can be wrong.
  base::Result<void> open();
  // The first thing that was wrong (kInvalidArgument, "line:column: what"), if anything was.
  base::Result<void> result() const;
  bool failed() const { return error_.has_value(); }

  // After a fault every reader returns nothing, and loops end.
  void object(std::string_view what, std::initializer_list<Member> members);
  // Calls `read` for every element; at most `most` of them.
  void list(std::string_view what, std::size_t most, const std::function<void()>& read);
  std::string text(std::size_t longest);
  std::string hash();  // 64 hexadecimal digits
  double number(double low, double high);
  std::size_t count(std::size_t most);
  bool flag();
  bool skip_if_null() { return cursor_.skip_if_null(); }

  std::size_t offset() const { return cursor_.offset(); }
  // Notes what is wrong at a place, unless something was wrong before.
  void wrong(std::size_t offset, std::string_view what);

 private:
  std::string_view text_;
  Document document_;
  Cursor cursor_;
  std::optional<base::Error> error_;
};

}  // namespace pointsman::json
