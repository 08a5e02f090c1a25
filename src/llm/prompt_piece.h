// Where the prompt stands in a request's body, piece by piece: what counting its tokens and trimming it need to know.
//
// Recorded by a protocol's reader in the walk that it makes anyway, in the order of the body; nothing is copied and
// nothing decoded. Plain values. Ranges point into ChatRequest::body.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pointsman::llm {

// Half-open range of bytes in the body; begin == end means absent.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool empty() const { return begin == end; }
  std::size_t size() const { return end - begin; }
};

enum class PieceKind : std::uint8_t {
  // A message begins, and reaches to the next one: `role`; its bytes are the whole value that it is (an object; of
  // instructions or a lone prompt the string).
  kMessage,
  kText,
  kName,  // of who speaks
  kCallName,
  kCallArguments,
  kResult,     // text of a tool's result
  kReasoning,  // what the model thought earlier, or its sealed stand-in; many providers leave it out of the prompt
  kImage,      // `detail`; the address, a data: address, or base64 alone
  kFile,       // its data where they are in the body; else what stands for them
  kAudio,
  kOther,  // something a model may be shown that is none of these
  // Of the whole request, not of a message. Values of JSON.
  kTool,            // one definition
  kToolChoice,      // of "tools"
  kFunctionChoice,  // of the older "functions"
  kAnswerFormat,    // the schema that the answer must have
  kTokens,          // an array of tokens that the client counted itself
};

enum class PieceRole : std::uint8_t { kSystem, kDeveloper, kUser, kAssistant, kTool, kFunction, kOther };

enum class ImageDetail : std::uint8_t { kUnsaid, kLow, kHigh };

// What the bytes are.
enum class PieceForm : std::uint8_t {
  kPlain,    // the inside of a JSON string without escapes
  kEscaped,  // the inside of one that has some
  kValue,    // a value of JSON, quotes included
};

struct PromptPiece {
  PieceKind kind = PieceKind::kText;
  PieceRole role = PieceRole::kOther;  // of kMessage
  ImageDetail detail = ImageDetail::kUnsaid;
  PieceForm form = PieceForm::kPlain;
  ByteRange bytes;
};

}  // namespace pointsman::llm
