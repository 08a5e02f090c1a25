// What every protocol's walk for the outline of a request does alike: items with their ranges, the ids of calls and
// results, markers of caches.
//
// The base of those walks; lives on the stack of one call. The whole body is checked in the same walk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "llm/outline.h"
#include "wire/body_walk.h"

namespace pointsman::wire {

class OutlineWalk : protected BodyWalk {
 protected:
  // A string that names a call, and where it stands.
  struct Id {
    json::RawString text;
    llm::ByteRange range;
    bool present() const { return !range.empty(); }
  };

  explicit OutlineWalk(llm::Outline& out) : out_(out) {}
  virtual ~OutlineWalk() = default;

  // Opens `body`, clears the outline, walks, and settles what it found. On an error the outline is empty.
  base::Result<void> run(std::string_view body, json::Document& document);
  // At the root object: reads its members.
  virtual void members() = 0;

  // Items, calls and results together: each takes many times the bytes that the least one has in the body, so there is
  // a limit (the Messages API's own for messages is the same).
  static constexpr std::size_t kMostEntries = 100'000;
  // At an element: begins its item. False, and the walk ends, if it is not an object, or one too many.
  bool begin_item();
  void end_item();
  llm::OutlineItem& item() { return out_.items.back(); }
  void add_call(const Id& id);
  void add_result(const Id& id, llm::ByteRange content);

  // The value at the cursor, checked and consumed: where it stands.
  llm::ByteRange range();
  // An id; one that is null or no string is none.
  void read_id(Id& out);
  // The same of a string or an array; nothing for other values.
  llm::ByteRange text_range();
  // The value of a member "cache_control".
  void cache_marker();
  // Whether the value is a string with anything in it.
  bool filled_string();
  // Counts the markers of an array of objects, or of one object; other values hold none.
  void markers_within();
  // Looks for a proof that thinking has: an element with a filled "signature" or "data".
  void look_for_seal();

  llm::Outline& out_;

 private:
  base::Result<void> walk(std::string_view body, json::Document& document);
  bool count_entry();
  void object_markers();
  std::uint64_t key_of(const json::RawString& id);

  std::string scratch_;
};

}  // namespace pointsman::wire
