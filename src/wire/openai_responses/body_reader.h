// Reads values of known kinds out of a client's body, and notes what is refused and what is lost.
//
// The ground that conversation_reader.cc and its neighbours stand on: one on the stack of each reading. After a
// refusal the cursor gives nothing more, so that loops end by themselves; the first refusal is the one that is told.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/document.h"
#include "llm/conversation.h"
#include "wire/loss_set.h"
#include "wire/openai_responses/path.h"

namespace pointsman::wire::openai_responses {

class BodyReader {
 public:
  explicit BodyReader(std::string_view body) : body_(body) {}

  // Each consumes the next value. null counts as absent: the output keeps what it has.
  void text(std::string& out, const Path& at);
  void flag(std::optional<bool>& out, const Path& at);
  void integer(std::optional<std::int64_t>& out, const Path& at);
  void number(std::optional<std::string>& out, const Path& at);  // as it is spelt
  void object(std::string& out, const Path& at);                 // its JSON text
  // Consumes anything and gives its JSON text.
  std::string_view raw();
  // Consumes anything; a loss unless it is null.
  void drop(const Path& at, bool minor);
  // Consumes anything; a loss unless it is null, {} or [].
  void drop_filled(const Path& at, bool minor);
  // Consumes a string; a loss unless it is null or `usual`. Other kinds are lost, too.
  void drop_unless(std::string_view usual, const Path& at, bool minor);
  // Consumes a member nobody knows; its value could mean anything.
  void drop_unknown(const Path& object);

  // Whether the value begins with `first`; else refuses it: it must be `what`.
  bool expect(char first, std::string_view what, const Path& at);
  void refuse(std::string message, const Path& at, base::ErrorCode code = base::ErrorCode::kInvalidArgument);
  void lose(std::string_view what, bool minor) { minor ? losses_.minor(what) : losses_.major(what); }

  json::Cursor& cursor() { return cursor_; }
  bool failed() const { return cursor_.failed(); }
  LossSet& losses() { return losses_; }
  std::optional<base::Error>& error() { return error_; }

 private:
  std::string_view body_;
  json::Cursor cursor_;
  LossSet losses_;
  std::optional<base::Error> error_;
};

// What an object says of itself before it is read: its "type" and "role", wherever they stand.
struct Label {
  json::RawString type;
  json::RawString role;
  bool has_type = false;
  bool has_role = false;
};
// The beginning of a string, decoded: names go into errors and headers, short whatever the client wrote.
std::string short_text(const json::RawString& raw);
// Looks through the object at the cursor and comes back to its beginning.
Label look_ahead(json::Cursor& cursor);

}  // namespace pointsman::wire::openai_responses
