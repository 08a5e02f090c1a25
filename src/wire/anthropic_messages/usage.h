// What a message cost, as this protocol reports it: in pieces, the later ones cumulative and sometimes restating the
// earlier ones (the provider's types Usage and MessageDeltaUsage).
//
// A value of whoever reads one answer. Here input_tokens is only the part of the prompt that no cache was involved in;
// the neutral form wants the whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "json/document.h"
#include "json/writer.h"
#include "llm/usage.h"

namespace pointsman::wire::anthropic_messages {

// The provider reported none; the API has no unknown counts, so they are 0.
inline constexpr std::string_view kUsageLoss = "usage: not reported";

class UsageReport {
 public:
  // Reads a usage object at the cursor. What it states replaces what was known, null and absent members do not.
  void read(json::Cursor& cursor);
  // Of the usage in message_start: its output_tokens is a first figure that the stream's end replaces, so it stays
  // unknown until then (I6).
  void read_start(json::Cursor& cursor);
  // A prompt of no tokens does not exist: reported as zero it is unknown.
  llm::Usage total() const;
  void clear() { *this = {}; }

 private:
  std::optional<std::int64_t> uncached_;
  std::optional<std::int64_t> cache_read_;
  std::optional<std::int64_t> cache_write_;
  std::optional<std::int64_t> long_cache_write_;
  std::optional<std::int64_t> output_;
  std::optional<std::int64_t> thinking_;
  llm::Usage tier_;  // of it, only the tier
};

// Writes the usage object. Clients of this protocol expect both counts: unknown ones are 0 there.
void write_usage(const llm::Usage& usage, json::Writer& writer);

}  // namespace pointsman::wire::anthropic_messages
