#include "wire/body_reading.h"

#include <utility>

#include "base/hash.h"
#include "wire/excerpt.h"

namespace pointsman::wire {
namespace {

// Raw \uXXXX text is decoded in steps of this size before its tokens are estimated.
constexpr std::size_t kDecodeStep = 4096;
// 3.5 bytes a token.
constexpr std::int64_t kJsonBytesPerTwoTokens = 7;

// Vectors that one huge request grew are given back.
constexpr std::size_t kKeepParts = 1024;
constexpr std::size_t kKeepPieces = 4096;

void clear(llm::ChatRequest& out, std::string_view body) {
  // Field by field, so that strings and pieces keep their capacity.
  std::vector<llm::PromptPiece> prompt;
  if (out.prompt.capacity() <= kKeepPieces) prompt = std::move(out.prompt);
  std::string model = std::move(out.model);
  std::string text = std::move(out.text);
  std::string context = std::move(out.context);
  out = llm::ChatRequest{};
  out.body = body;
  (out.model = std::move(model)).clear();
  (out.text = std::move(text)).clear();
  (out.context = std::move(context)).clear();
  (out.prompt = std::move(prompt)).clear();
}

}  // namespace

base::Result<void> BodyReading::run(std::string_view body) {
  clear(out_, body);
  auto result = space_.document.open(body);
  if (result) result = walk();
  space_.document.close();
  if (space_.parts.capacity() > kKeepParts) std::vector<json::RawString>().swap(space_.parts);
  return result;
}

base::Result<void> BodyReading::walk() {
  cursor_ = space_.document.root();
  if (expect('{', "the body must be a JSON object")) members();
  if (error_) {
    // A body that is not JSON at all is told so first, whatever else is wrong with it.
    if (const auto fault = json::find_fault(out_.body)) return base::fail(json::to_error(*fault));
    return base::fail(*std::move(error_));
  }
  if (!cursor_.finished()) return base::fail(space_.document.error());
  conclude();
  if (error_) return base::fail(*std::move(error_));
  return {};
}

void BodyReading::model() {
  out_.model_value.begin = cursor_.offset();
  json::RawString name;
  if (!string(name, "must be a string, the name of a model or route")) return;
  out_.model_value.end = cursor_.last_end();
  // Before decoding, so that a huge string is not copied: no escape is longer than six bytes.
  if (name.raw.size() <= 6 * kMaxModelBytes) json::unescape(name.raw, out_.model);
  if (name.raw.empty()) return refuse("must not be empty");
  if (name.raw.size() > 6 * kMaxModelBytes || out_.model.size() > kMaxModelBytes) {
    refuse("is longer than " + std::to_string(kMaxModelBytes) + " bytes");
  }
}

void BodyReading::user(std::uint64_t& out) {
  json::RawString name;
  if (cursor_.peek() != '"') return cursor_.skip();
  if (!string(name, "must be a string") || name.raw.empty()) return;
  space_.scratch.clear();
  json::unescape(name.raw, space_.scratch);
  out = base::xxh3(space_.scratch);
}

void BodyReading::service_tier() {
  json::RawString name;
  if (cursor_.peek() != '"') return cursor_.skip();
  if (string(name, "must be a string")) out_.priority = name.is("priority");
}

void BodyReading::add_text(const json::RawString& text) {
  text_tokens_.separate();
  if (text.escapes != json::Escapes::kUnicode) return text_tokens_.add(text.raw);
  json::Unescaper unescaper(text.raw);
  while (!unescaper.done()) {
    space_.scratch.clear();
    unescaper.append_to(space_.scratch, kDecodeStep);
    text_tokens_.add(space_.scratch);
  }
}

std::size_t BodyReading::begin_message(llm::PieceRole role) {
  out_.prompt.push_back({.kind = llm::PieceKind::kMessage,
                         .role = role,
                         .form = llm::PieceForm::kValue,
                         .bytes = {cursor_.offset(), cursor_.offset()}});
  return out_.prompt.size() - 1;
}

void BodyReading::end_message(std::size_t message, llm::PieceRole role) {
  llm::PromptPiece& piece = out_.prompt[message];
  piece.role = role;
  piece.bytes.end = cursor_.last_end();
}

void BodyReading::add_piece(llm::PieceKind kind, const json::RawString& text) {
  // What is empty has no tokens; but every call has a name, be it empty.
  if (text.raw.empty() && kind != llm::PieceKind::kCallName) return;
  out_.prompt.emplace_back(piece_of(text)).kind = kind;
}

llm::PromptPiece BodyReading::piece_of(const json::RawString& text) const {
  const auto begin = static_cast<std::size_t>(text.raw.data() - out_.body.data());
  const bool plain = text.escapes == json::Escapes::kNone;
  return {.form = plain ? llm::PieceForm::kPlain : llm::PieceForm::kEscaped, .bytes = {begin, begin + text.raw.size()}};
}

llm::ImageDetail BodyReading::detail_of(const json::RawString& text) {
  if (text.is("low")) return llm::ImageDetail::kLow;
  return text.is("high") ? llm::ImageDetail::kHigh : llm::ImageDetail::kUnsaid;
}

void BodyReading::add_value(llm::PieceKind kind, std::size_t begin) {
  if (cursor_.failed()) return;
  out_.prompt.push_back({.kind = kind, .form = llm::PieceForm::kValue, .bytes = {begin, cursor_.last_end()}});
}

std::size_t BodyReading::pass_value(llm::PieceKind kind) {
  const std::size_t begin = cursor_.offset();
  json::RawString text;
  if (cursor_.read_string(text)) {
    add_piece(kind, text);
  } else if (!cursor_.skip_if_null()) {
    cursor_.skip();
    add_value(kind, begin);
  }
  return cursor_.failed() ? 0 : cursor_.last_end() - begin;
}

void BodyReading::add_bytes(std::size_t bytes) {
  flat_tokens_ += (static_cast<std::int64_t>(bytes) * 2 + kJsonBytesPerTwoTokens - 1) / kJsonBytesPerTwoTokens;
}

void BodyReading::collect(Place place) {
  space_.parts.clear();
  if (!place.present) return;
  json::Cursor cursor = cursor_;
  cursor.seek(place.mark);
  json::RawString text;
  if (cursor.read_string(text)) {
    space_.parts.push_back(text);
    return;
  }
  for (bool more = cursor.enter_array(); more; more = cursor.next_element()) {
    for (bool member = cursor.enter_object(); member; member = cursor.next_member()) {
      if (cursor.key_is("text") && cursor.read_string(text)) {
        space_.parts.push_back(text);
      } else {
        cursor.skip();
      }
    }
  }
}

void BodyReading::hash_text(Place place) {
  collect(place);
  for (const json::RawString& part : space_.parts) out_.conversation = base::xxh3(part.raw, out_.conversation);
}

void BodyReading::excerpt_of(Place place, std::size_t limit, std::string& out) {
  collect(place);
  excerpt(space_.parts, limit, space_.scratch, out);
}

}  // namespace pointsman::wire
