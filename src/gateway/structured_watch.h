// Watches the JSON of one answer grow: the text of a choice that has to be JSON, and the arguments of tool calls, each
// held against its schema; and, for a client that wants them, told on as patch events (json/patch_stream.h).
//
// One per answer, on its loop. A sink of the answer's events in neutral form. Memory is bounded by what scanners,
// validators and patch streams keep, and by kMostValues.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/schema_shelf.h"
#include "json/incremental_scanner.h"
#include "json/patch_stream.h"
#include "json/prefix_validator.h"
#include "json/tee_sink.h"
#include "llm/answer.h"
#include "llm/conversation.h"
#include "llm/protocol.h"

namespace pointsman::gateway {

class StructuredWatch final : public llm::StreamSink {
 public:
  static constexpr std::size_t kMostValues = 64;  // more are passed on unwatched

  // All outlive it. `events`: a client of that protocol wants patch events.
  StructuredWatch(SchemaShelf& schemas, const llm::Conversation& conversation, llm::Protocol client, bool events)
      : schemas_(schemas), conversation_(conversation), client_(client), events_(events) {}

  // Whether an answer to this request has anything to watch.
  static bool has_work(const llm::Conversation& conversation);

  void take(const llm::StreamEvent& event) override;
  // The model refuses: its text is not held against anything.
  void excuse();
  // A whole answer at once.
  void take(const llm::Answer& answer);
  // The answer is over, in good order or not: what is still open is incomplete.
  void finish();

  // Patch events since the last look, ready to go out; the reader empties it.
  std::string& out() { return out_; }
  // Some value can no longer become what it had to be.
  bool impossible() const { return !failure_.empty(); }
  // Some value has begun, and nothing is wrong with it so far; or something that nobody holds against anything.
  bool begun() const { return begun_; }
  // "valid", "incomplete", "invalid: /items/3 maxLength"; empty: nothing was watched.
  std::string verdict() const;

 private:
  struct Value {
    using Sink = json::TeeSink<json::PatchOps, json::PrefixValidator>;

    Value(unsigned number, const json::PatchEnvelope& envelope, std::shared_ptr<const json::Schema> schema,
          const llm::StreamEvent& event);

    std::uint32_t choice;
    std::uint32_t part;
    bool has_schema;
    bool text;  // of the choice itself, not of a call
    bool over = false;
    json::PatchStream patches;
    json::PrefixValidator validator;
    Sink sink;
    json::IncrementalScanner<Sink> scanner;
  };

  void begin(const llm::StreamEvent& event);
  void grow(Value& value, std::string_view text);
  void end(Value& value);
  void blame(const Value& value);
  std::string schema_verdict(const Value& value) const;
  Value* find(const llm::StreamEvent& event);
  std::shared_ptr<const json::Schema> schema_of(const llm::StreamEvent& event);

  SchemaShelf& schemas_;
  const llm::Conversation& conversation_;
  const llm::Protocol client_;
  const bool events_;
  std::list<Value> values_;  // scanners point into them
  std::uint32_t calls_ = 0;
  bool begun_ = false;
  bool excused_ = false;
  bool incomplete_ = false;
  std::string failure_;
  std::string out_;
};

}  // namespace pointsman::gateway
