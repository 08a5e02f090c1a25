// Edits of a body by byte range that leave every other byte alone and never copy the body.
//
// One per connection, reused. Collect the edits in order, then write the pieces one after another (scatter/gather).
// Short replacement texts are kept inside; the body must outlive the pieces, and an edit invalidates earlier pieces.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::json {

class Splices {
 public:
  // Begins anew over `body`, with no edits.
  void reset(std::string_view body);

  // Replaces body[begin, end) by a copy of `text`. False, and nothing changes, if the range lies outside the body or
  // before the end of an earlier edit: edits come in order and do not overlap. begin == end inserts.
  [[nodiscard]] bool replace(std::size_t begin, std::size_t end, std::string_view text);

  // The same with `value` as a JSON string, quoted and escaped.
  [[nodiscard]] bool replace_string(std::size_t begin, std::size_t end, std::string_view value);

  // The edited body, piece by piece; no piece is empty. Valid until the next non-const call.
  std::span<const std::string_view> pieces();
  // Sum of the pieces: the Content-Length.
  std::size_t size() const { return size_; }
  bool empty() const { return edits_.empty(); }
  // The edited body in one string: for tests and logs, not for the way to the upstream.
  std::string to_string();

 private:
  bool fits(std::size_t begin, std::size_t end) const;
  void add(std::size_t begin, std::size_t end, std::size_t text_begin);

  struct Edit {
    std::size_t begin, end, text_begin, text_end;
  };
  std::string_view body_;
  std::string texts_;
  std::vector<Edit> edits_;
  std::vector<std::string_view> pieces_;
  std::size_t size_ = 0;
};

}  // namespace pointsman::json
