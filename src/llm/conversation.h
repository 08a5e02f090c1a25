// One chat request in neutral form, with all its content: what a protocol's reader makes of a body and another's writer
// turns into its own.
//
// Made only where the client's protocol is not the model's; a request that stays in its protocol is spliced and never
// becomes this. A plain value that owns its texts. JSON that no protocol changes (schemas, arguments of calls) stays
// the text that it was, so numbers and the order of members survive. What a reader finds no place for, and what a
// writer cannot express, is a Loss: nothing is dropped in silence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pointsman::llm {

// Something of a request that does not reach the model as it was sent.
struct Loss {
  std::string what;   // as the client knows it: "top_k", "messages[2].content[0]: audio"
  bool minor = true;  // the answer means the same without it (hints for caching, billing, abuse detection)

  bool operator==(const Loss&) const = default;
};
using Losses = std::vector<Loss>;

enum class Role : std::uint8_t { kSystem, kDeveloper, kUser, kAssistant, kTool };

enum class PartKind : std::uint8_t {
  kText,
  kImage,
  kFile,  // a document: PDF, text
  kAudio,
  kToolCall,
  kToolResult,
  kReasoning,  // what the model thought, or an opaque stand-in for it
  kRefusal,
};

// Exactly one of url, data and file_id is set.
struct Media {
  std::string url;
  std::string data;        // base64
  std::string media_type;  // "image/png"; of `data`
  std::string file_id;     // in the provider's own store
  std::string name;        // of a file
  std::string detail;      // of an image: "low", "high", "auto"; empty: not said
};

struct Part {
  PartKind kind = PartKind::kText;
  std::string text;           // text, refusal, or what was thought (or its summary)
  Media media;                // image, file, audio
  std::string id;             // of a tool call; of a result: that of its call; of reasoning: the item's, if it has one
  std::string name;           // of a tool call: the function
  std::string arguments;      // of a tool call: JSON text, or free text if `custom`
  bool custom = false;        // the tool takes free text
  bool is_error = false;      // of a result
  bool summary = false;       // of reasoning: `text` is only a summary of it
  std::string signature;      // of reasoning: what proves to the provider that it is its own
  std::string opaque;         // of reasoning: encrypted or redacted content instead of, or besides, the text
  std::vector<Part> content;  // of a result: texts, images, files
  std::string cache_control;  // JSON text of Anthropic's marker; empty: none
};

struct Message {
  Role role = Role::kUser;
  std::string name;  // of who speaks, where a protocol has that
  std::vector<Part> parts;
};

struct Tool {
  std::string name;
  std::string description;
  std::string schema;          // JSON text of the parameters' schema; empty: none, or `custom`
  std::optional<bool> strict;  // its arguments must match the schema
  bool custom = false;         // takes free text
  std::string format;          // of a custom tool: JSON text of the grammar it must follow; empty: any text
  std::string cache_control;
};

enum class ToolChoice : std::uint8_t { kUnset, kAuto, kNone, kRequired, kNamed };

enum class Format : std::uint8_t { kText, kJsonObject, kJsonSchema };

struct ResponseFormat {
  Format kind = Format::kText;
  std::string name;
  std::string description;
  std::string schema;  // JSON text
  std::optional<bool> strict;
  bool guaranteed = false;  // whoever asks knows no `strict`: answers follow any schema that is taken
};

// How much the model may think. At most one of effort and budget_tokens is set.
struct Reasoning {
  std::string effort;  // "none", "minimal", "low", "medium", "high", "xhigh"; empty: not said
  std::optional<std::int64_t> budget_tokens;
  bool adaptive = false;  // as much as the model finds right
  bool disabled = false;
  std::string summary;  // "auto", "concise", "detailed"; empty: none asked for
};

struct Conversation {
  std::string model;              // as the client named it
  std::vector<Message> messages;  // system messages at their places; a protocol's separate system prompt comes first
  std::vector<Tool> tools;
  ToolChoice tool_choice = ToolChoice::kUnset;
  std::string tool_name;                    // of kNamed
  std::optional<bool> parallel_tool_calls;  // more than one call in an answer
  ResponseFormat format;
  Reasoning reasoning;
  std::optional<std::int64_t> max_output_tokens;
  std::optional<std::string> temperature;  // numbers as they were spelt
  std::optional<std::string> top_p;
  std::optional<std::string> top_k;
  std::optional<std::string> presence_penalty;
  std::optional<std::string> frequency_penalty;
  std::optional<std::string> seed;
  std::vector<std::string> stop;
  std::optional<std::int64_t> choices;  // n
  std::optional<bool> logprobs;
  std::optional<std::int64_t> top_logprobs;
  std::string verbosity;  // "low", "medium", "high"
  std::string user;       // whom the client asks for
  std::string prompt_cache_key;
  std::string service_tier;
  bool stream = false;
  bool include_usage = false;  // of a chat completion's stream: the client asked for the report
};

}  // namespace pointsman::llm
