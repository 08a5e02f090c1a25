#include "wire/removed_part.h"

#include <algorithm>
#include <array>
#include <span>

#include "wire/excerpt.h"
#include "wire/json_value.h"

namespace pointsman::wire {
namespace {

// Longest piece of text at first; halved until all fits.
constexpr std::size_t kLongestPiece = 64U << 10;
constexpr std::size_t kShortestPiece = 64;
// Arrays and objects in each other, as deep as any protocol has them: a block of the content of a block of a message.
constexpr int kMostDepth = 4;

enum Member : std::size_t {
  kRole,
  kType,
  kContent,
  kText,
  kRefusal,
  kThinking,
  kSummary,
  kOutput,
  kToolCalls,
  kFunctionCall,
  kFunction,
  kName,
  kArguments,
  kInput,
  kMemberCount,
};
// Of messages, items, parts and calls in all three protocols: where two of them use a name, it means the same.
constexpr std::array<std::string_view, kMemberCount> kNames = {
    "role",   "type",       "content",       "text",     "refusal", "thinking",  "summary",
    "output", "tool_calls", "function_call", "function", "name",    "arguments", "input"};

class Telling {
 public:
  Telling(std::size_t longest, std::string& out) : longest_(longest), out_(out) {}

  void item(const JsonValue& value, llm::ItemKind kind) {
    const auto all = members_of(value, kNames);
    if (kind == llm::ItemKind::kResults) {
      out_ += "result: ";
    } else if (all[kRole]) {
      piece(all[kRole]);
      out_ += ": ";
    } else {
      out_ += "assistant: ";
    }
    members(all, 0);
    if (out_.ends_with('\n')) out_.pop_back();
    out_ += "\n\n";
  }
  bool complete() const { return complete_; }

 private:
  using Members = std::array<JsonValue, kMemberCount>;

  void members(const Members& all, int depth) {
    for (const std::size_t spoken : {kContent, kText, kRefusal, kThinking, kSummary, kOutput}) {
      tell(all[spoken], depth);
    }
    all[kToolCalls].elements([&](const JsonValue& call, std::uint64_t) {
      const auto parts = members_of(call, kNames);
      this->call(parts[kFunction] ? members_of(parts[kFunction], kNames) : parts);
    });
    if (all[kFunctionCall]) call(members_of(all[kFunctionCall], kNames));
    if (all[kName] && (all[kArguments] || all[kInput])) call(all);
    if (!all[kType].is_string()) return;
    const std::string_view type = all[kType].raw_string().raw;
    for (const std::string_view media : {"image", "file", "document", "audio"}) {
      if (type.find(media) != std::string_view::npos) out_.append("[").append(media).append("]\n");
    }
  }

  void call(const Members& parts) {
    out_ += "call of ";
    piece(parts[kName]);
    out_ += ": ";
    piece(parts[kArguments] ? parts[kArguments] : parts[kInput]);
    out_ += '\n';
  }

  // A text, parts, or one part.
  void tell(const JsonValue& value, int depth) {
    if (value.is_string()) {
      piece(value);
      out_ += '\n';
    } else if (depth < kMostDepth && value.is_array()) {
      value.elements([&](const JsonValue& part, std::uint64_t) { tell(part, depth + 1); });
    } else if (depth < kMostDepth && value.is_object()) {
      members(members_of(value, kNames), depth + 1);
    }
  }

  // A string, decoded, or JSON as it stands.
  void piece(const JsonValue& value) {
    if (!value) return;
    std::string cut;
    json::RawString raw = value.raw_string();
    if (value.is_string()) {
      excerpt(std::span(&raw, 1), longest_, scratch_, cut);
      complete_ = complete_ && (raw.raw.size() <= longest_ || !cut.contains(kOmission));
    } else {
      const std::string_view text = value.json();
      cut = json::utf8_prefix(text, longest_);
      complete_ = complete_ && cut.size() == text.size();
    }
    out_ += cut;
  }

  std::size_t longest_;
  std::string& out_;
  std::string scratch_;
  bool complete_ = true;
};

// The elements one after another, each piece of text at most `longest` bytes; stops beyond `enough`.
base::Result<bool> tell_all(std::string_view body, const llm::Outline& outline, const llm::TrimPlan& plan,
                            std::size_t longest, std::size_t enough, json::Document& document, std::string& out) {
  Telling telling(longest, out);
  for (const std::uint32_t index : plan.removed) {
    const llm::OutlineItem& item = outline.items[index];
    const auto value = JsonValue::open(body.substr(item.bytes.begin, item.bytes.end - item.bytes.begin), document);
    if (value) telling.item(*value, item.kind);
    document.close();
    if (!value) return base::fail(value.error());
    if (out.size() > enough) return false;
  }
  return telling.complete();
}

}  // namespace

base::Result<RemovedPart> removed_part(std::string_view body, const llm::Outline& outline, const llm::TrimPlan& plan,
                                       std::size_t max_bytes, json::Document& document) {
  RemovedPart out;
  for (std::size_t longest = std::min(kLongestPiece, std::max(max_bytes, kShortestPiece));; longest /= 2) {
    out.text.clear();
    const bool last = longest / 2 < kShortestPiece;
    // The last try is read to its end, to be cut around its middle.
    const std::size_t enough = last ? static_cast<std::size_t>(-1) : max_bytes;
    PM_TRY(out.complete, tell_all(body, outline, plan, longest, enough, document, out.text));
    if (out.text.size() <= max_bytes) return out;
    if (last) break;
  }
  out.complete = false;
  const std::size_t room = max_bytes > kOmission.size() ? max_bytes - kOmission.size() : 0;
  const std::string head(json::utf8_prefix(out.text, room - room / 2));
  const std::string tail(json::utf8_suffix(out.text, room / 2));
  out.text = head + (room > 0 ? std::string(kOmission) : std::string()) + tail;
  return out;
}

base::Sha256 removed_digest(std::string_view body, const llm::Outline& outline, const llm::TrimPlan& plan,
                            std::string_view scope) {
  // The length in front keeps a scope from passing for another and the beginning of an element.
  std::string all = std::to_string(scope.size()) + ':' + std::string(scope);
  for (const std::uint32_t index : plan.removed) {
    const llm::ByteRange range = outline.items[index].bytes;
    all.append(body.substr(range.begin, range.end - range.begin)).append("\n");
  }
  return base::sha256(all);
}

}  // namespace pointsman::wire
