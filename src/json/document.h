// Bounded reading of a JSON body: every byte is checked once, nothing is copied, nothing is built.
//
// A Document belongs to one thread and is reused. open() runs simdjson's first stage (UTF-8, closed strings, the
// offsets of all tokens); a Cursor then walks the tokens. Whatever the caller does not read it must skip(), which
// checks grammar, escapes, numbers and depth, so a walk that ends in finish() has validated the whole text. Numbers are
// never converted unless asked for: big or odd ones in members nobody reads pass unharmed. Views point into the body,
// which needs no padding and must outlive them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "json/fault.h"
#include "json/text.h"

namespace pointsman::json {

// A string value as it stands in the body.
struct RawString {
  std::string_view raw;  // between the quotes, escapes included
  Escapes escapes = Escapes::kNone;

  // Whether the string, decoded, is `text`.
  bool is(std::string_view text) const { return escapes == Escapes::kNone ? raw == text : equals_decoded(raw, text); }
};

// Walks the tokens of one Document, forwards only (seek() goes back to a place already seen). A fault is sticky: after
// it every call answers "nothing more", so loops end by themselves and one look at failed() or finish() is enough.
//
//   for (bool more = c.enter_object(); more; more = c.next_member()) {
//     if (c.key_is("model")) c.read_string(model); else c.skip();
//   }
class Cursor {
 public:
  // The first byte of the next value: '{', '[', '"', 't', 'f', 'n', a digit or '-'; something else before a fault.
  char peek() const { return at(token_); }
  // Offset of the next token; of the end of the body if there is none.
  std::size_t offset() const { return tokens_[token_]; }
  // Offset just behind the token consumed last.
  std::size_t last_end() const;

  // Enter a container. True: at its first value. False: it was empty and is consumed, or a fault.
  bool enter_object();
  bool enter_array();
  // Behind a value. True: at the next value. False: the container is closed, or a fault.
  bool next_member();
  bool next_element();
  // The name of the member whose value is next. Escapes are looked through.
  const RawString& key() const { return key_; }
  bool key_is(std::string_view name) const { return key_.is(name); }

  // Consume the next value and check all of it.
  void skip();
  bool skip_if_null();
  // Consume the next value and check nothing of it: where another walk has checked the whole body.
  void pass();
  // Each reads a value of its kind; false leaves the cursor in front of it (another kind, or out of range) or at a
  // fault.
  bool read_string(RawString& out);
  bool read_bool(bool& out);
  bool read_integer(std::int64_t& out);

  // A place to come back to. Only places at a value, with the depth they were taken at.
  struct Mark {
    std::uint32_t token = 0;
    int depth = 0;
  };
  Mark mark() const { return {token_, depth_}; }
  void seek(Mark mark) {
    token_ = mark.token;
    depth_ = mark.depth;
  }

  // Ends the walk: the caller found something it does not accept.
  void abandon() { fault(); }

  bool failed() const { return failed_; }
  // Whether exactly one whole value was consumed and all of it was JSON.
  bool finished() const { return !failed_ && token_ == count_; }

 private:
  friend class Document;
  char at(std::uint32_t token) const { return tokens_[token] < body_.size() ? body_[tokens_[token]] : '\0'; }
  bool fault() {
    failed_ = true;
    token_ = count_;  // the sentinel: nothing more to read
    return false;
  }
  bool member();
  bool enter(char close);
  bool string_at(std::uint32_t token, RawString& out);
  std::string_view scalar_at(std::uint32_t token) const;
  bool scalar();

  std::string_view body_;
  const std::uint32_t* tokens_ = nullptr;  // count_ offsets, then body_.size()
  std::uint32_t count_ = 0;
  std::uint32_t token_ = 0;
  int depth_ = 0;
  bool failed_ = false;
  RawString key_;
};

class Document {
 public:
  // Bodies longer than `max_bytes` are refused.
  explicit Document(std::size_t max_bytes = 20U << 20);
  ~Document();
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;

  // Indexes `body`. kTooLarge, or kParse with the exact position.
  base::Result<void> open(std::string_view body);
  // At the root value of the opened body.
  Cursor root() const;
  // Why a walk over the opened body failed: kParse with the exact position.
  base::Error error() const;
  // Forgets the body. The index of a large body (4 bytes per byte) is given back, that of a usual one kept.
  void close();

  // open(), a full walk and close(): whether `body` is one JSON document within our limits.
  base::Result<void> validate(std::string_view body);

 private:
  struct Index;
  base::Result<void> reserve(std::size_t bytes);

  std::unique_ptr<Index> index_;
  std::string_view body_;
  std::size_t max_bytes_;
};

}  // namespace pointsman::json
