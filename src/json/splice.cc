#include "json/splice.h"

#include "json/text.h"

namespace pointsman::json {

void Splices::reset(std::string_view body) {
  body_ = body;
  size_ = body.size();
  texts_.clear();
  edits_.clear();
  pieces_.clear();
}

bool Splices::fits(std::size_t begin, std::size_t end) const {
  const std::size_t earliest = edits_.empty() ? 0 : edits_.back().end;
  return begin >= earliest && end >= begin && end <= body_.size();
}

void Splices::add(std::size_t begin, std::size_t end, std::size_t text_begin) {
  edits_.push_back({begin, end, text_begin, texts_.size()});
  size_ = size_ - (end - begin) + (texts_.size() - text_begin);
}

bool Splices::replace(std::size_t begin, std::size_t end, std::string_view text) {
  if (!fits(begin, end)) return false;
  const std::size_t text_begin = texts_.size();
  texts_ += text;
  add(begin, end, text_begin);
  return true;
}

bool Splices::replace_string(std::size_t begin, std::size_t end, std::string_view value) {
  if (!fits(begin, end)) return false;
  const std::size_t text_begin = texts_.size();
  texts_ += '"';
  escape(value, texts_);
  texts_ += '"';
  add(begin, end, text_begin);
  return true;
}

std::span<const std::string_view> Splices::pieces() {
  pieces_.clear();
  const auto put = [this](std::string_view piece) {
    if (!piece.empty()) pieces_.push_back(piece);
  };
  const std::string_view texts = texts_;
  std::size_t at = 0;
  for (const Edit& edit : edits_) {
    put(body_.substr(at, edit.begin - at));
    put(texts.substr(edit.text_begin, edit.text_end - edit.text_begin));
    at = edit.end;
  }
  put(body_.substr(at));
  return pieces_;
}

std::string Splices::to_string() {
  std::string out;
  out.reserve(size_);
  for (const std::string_view piece : pieces()) out += piece;
  return out;
}

}  // namespace pointsman::json
