// Walks one JSON file of a model and knows where it is: every refusal carries the JSON pointer of the value.
//
// For files of a few megabytes that are read once. Belongs to one reading on one thread; the text must outlive it.
// Each value must be consumed by exactly one call; what is not of interest, by skip().
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"

namespace pointsman::encode {

class JsonReader {
 public:
  explicit JsonReader(std::size_t max_bytes) : document_(max_bytes) {}

  // kTooLarge, or kParse with line and column.
  base::Result<void> open(std::string_view text);
  // That the whole text was one value and nothing follows it.
  base::Result<void> finish() const;

  // Calls visit(name) at the value of each member, or visit(index) at each element; it returns Result<void>. A name is
  // valid until the visit returns.
  template <typename Visit>
  base::Result<void> members(const Visit& visit);
  template <typename Visit>
  base::Result<void> elements(const Visit& visit);

  base::Result<std::string> text();
  // The same as it stands in the text, escapes and all.
  base::Result<json::RawString> raw_text();
  base::Result<bool> flag();
  base::Result<double> number();
  base::Result<std::int64_t> integer();
  // An integer from `least` to `most`.
  base::Result<std::size_t> count(std::size_t least, std::size_t most);
  // Consumes a null; false if the value is something else.
  bool null() { return cursor_.skip_if_null(); }
  base::Result<void> skip();
  // '{', '[', '"', 't', 'f', 'n', a digit or '-'.
  char peek() const { return cursor_.peek(); }
  // The name of the member being visited as it stands in the text; for callers that keep views.
  const json::RawString& raw_name() const { return cursor_.key(); }

  // The value being visited is not acceptable. `below` is put behind the pointer of the current place: "/ids/0".
  std::unexpected<base::Error> refuse(std::string message, std::string_view below = {}) const;
  const std::string& pointer() const { return pointer_; }

 private:
  std::unexpected<base::Error> expected(std::string_view what) const;
  // Goes down into a member or element while it lives.
  class Step {
   public:
    Step(std::string& pointer, std::string_view name);
    ~Step() { pointer_.resize(size_); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    std::string& pointer_;
    std::size_t size_;
  };

  json::Document document_;
  json::Cursor cursor_;
  std::string_view text_;
  std::string pointer_;
};

// Appends "/name" with the escapes of RFC 6901.
void append_step(std::string& pointer, std::string_view name);

template <typename Visit>
base::Result<void> JsonReader::members(const Visit& visit) {
  if (cursor_.peek() != '{') return expected("an object");
  std::string name;
  for (bool more = cursor_.enter_object(); more; more = cursor_.next_member()) {
    name.clear();
    json::unescape(cursor_.key().raw, name);
    const Step step(pointer_, name);
    PM_CHECK(visit(std::string_view(name)));
  }
  if (cursor_.failed()) return base::fail(document_.error());
  return {};
}

template <typename Visit>
base::Result<void> JsonReader::elements(const Visit& visit) {
  if (cursor_.peek() != '[') return expected("an array");
  std::size_t index = 0;
  for (bool more = cursor_.enter_array(); more; more = cursor_.next_element()) {
    const Step step(pointer_, std::to_string(index));
    PM_CHECK(visit(index));
    ++index;
  }
  if (cursor_.failed()) return base::fail(document_.error());
  return {};
}

}  // namespace pointsman::encode
