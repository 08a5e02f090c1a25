#include "learn/label_session.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "text/fold.h"
#include "text/safe_lines.h"
#include "text/utf8.h"

namespace pointsman::learn {
namespace {

using Kind = LabelEffect::Kind;

constexpr std::size_t kKeys = 9;
constexpr std::size_t kMostTyped = 64;  // bytes
constexpr std::size_t kCardLines = 12;  // of a screen, beside the text's: decision, stages, choices, keys
constexpr std::size_t kLeastTextLines = 3;
constexpr std::size_t kMostTextLines = 24;

// Folded, and without what stands between words, so that "card arrival" finds card_arrival.
std::u32string comparable(std::string_view name) {
  std::u32string out;
  while (!name.empty()) {
    const text::CodePoint point = text::read_code_point(name);
    name.remove_prefix(point.length);
    const text::Folded folded = text::fold(point.value);
    for (std::size_t i = 0; i < folded.size; ++i) {
      const text::CharClass kind = folded.chars[i].kind;
      if (kind != text::CharClass::kSpace && kind != text::CharClass::kPunctuation) out += folded.chars[i].value;
    }
  }
  return out;
}

void drop_last_character(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) text.pop_back();
  if (!text.empty()) text.pop_back();
}

void append_character(std::string& out, char32_t c) {
  if (c < 0x20 || c == 0x7F || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || out.size() >= kMostTyped) return;
  if (c < 0x80) {
    out += static_cast<char>(c);
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(kLead[more] | (c >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) out += static_cast<char>(0x80U | (c >> (6 * i) & 0x3FU));
}

// How much the stages together believe in a category.
double belief(const LabelItem& item, std::size_t category) {
  double sum = 0;
  for (const StageOpinion& opinion : item.opinions) {
    if (category < opinion.probabilities.size()) sum += static_cast<double>(opinion.probabilities[category]);
  }
  return sum;
}

}  // namespace

LabelSession::LabelSession(std::vector<std::string> categories) : categories_(std::move(categories)) {
  rank_choices();
}

void LabelSession::add(std::vector<LabelItem> items) {
  const bool was_done = done();
  for (LabelItem& item : items) items_.push_back(std::move(item));
  if (was_done) rank_choices();
}

std::size_t LabelSession::labelled() const {
  return static_cast<std::size_t>(std::ranges::count(history_, Kind::kLabelled, &LabelEffect::kind));
}

bool LabelSession::needs_search() const {
  return categories_.size() > kKeys;
}

LabelEffect LabelSession::press(const LabelKey& key) {
  note_.clear();
  if (helping_) {
    helping_ = false;
    return {};
  }
  if (search_) return search(key);
  return key.kind == LabelKey::Kind::kCharacter ? command(key.character) : LabelEffect{};
}

LabelEffect LabelSession::command(char32_t key) {
  if (key == 'q') return {.kind = Kind::kQuit};
  if (key == 'u') return undo();
  if (key == '?') {
    helping_ = true;
    return {};
  }
  if (done()) return {};
  if (key >= '1' && key <= '9') return choose(key - '1');
  if (key == '0' || key == 'n') return finish({.kind = Kind::kLabelled, .item = at_, .category = categories_.size()});
  if (key == 's') return finish({.kind = Kind::kSkipped, .item = at_});
  if (key == '/' && needs_search()) {
    search_.emplace();
    return {};
  }
  note_ = "That key means nothing here; ? lists those that do.";
  return {};
}

LabelEffect LabelSession::search(const LabelKey& key) {
  using KeyKind = LabelKey::Kind;
  if (key.kind == KeyKind::kEscape || (key.kind == KeyKind::kBackspace && search_->empty())) {
    search_.reset();
    rank_choices();
    return {};
  }
  if (key.kind == KeyKind::kEnter) return search_->empty() ? LabelEffect{} : choose(0);
  if (key.kind == KeyKind::kBackspace) {
    drop_last_character(*search_);
  } else if (key.character >= '1' && key.character <= '9') {
    return choose(key.character - '1');
  } else {
    append_character(*search_, key.character);
  }
  rank_choices();
  return {};
}

LabelEffect LabelSession::choose(std::size_t place) {
  if (place >= std::min(ranked_.size(), kKeys)) {
    note_ = "No category has that key.";
    return {};
  }
  return finish({.kind = Kind::kLabelled, .item = at_, .category = ranked_[place]});
}

LabelEffect LabelSession::finish(LabelEffect effect) {
  history_.push_back(effect);
  ++at_;
  search_.reset();
  rank_choices();
  return effect;
}

LabelEffect LabelSession::undo() {
  if (history_.empty()) {
    note_ = "There is nothing to undo.";
    return {};
  }
  const LabelEffect last = history_.back();
  history_.pop_back();
  --at_;
  rank_choices();
  return {.kind = Kind::kUndone, .item = last.item, .category = last.category};
}

// Few categories keep their keys, so that fingers can learn them; of many the likeliest come first.
void LabelSession::rank_choices() {
  ranked_.resize(categories_.size());
  std::iota(ranked_.begin(), ranked_.end(), std::size_t{0});
  if (!needs_search()) return;
  if (search_) {
    const std::u32string typed = comparable(*search_);
    std::erase_if(ranked_, [&](std::size_t c) { return !comparable(categories_[c]).contains(typed); });
  }
  if (done()) return;
  std::vector<double> beliefs;
  for (std::size_t c = 0; c < categories_.size(); ++c) beliefs.push_back(belief(items_[at_], c));
  std::ranges::sort(ranked_, [&](std::size_t a, std::size_t b) {
    return beliefs[a] != beliefs[b] ? beliefs[a] > beliefs[b] : a < b;
  });
}

std::vector<LabelChoice> LabelSession::choices() const {
  std::vector<LabelChoice> out;
  for (std::size_t i = 0; i < std::min(ranked_.size(), kKeys); ++i) {
    out.push_back({static_cast<char>('1' + i), categories_[ranked_[i]]});
  }
  return out;
}

std::string LabelSession::progress() const {
  const std::size_t number = std::min(at_ + 1, items_.size());
  return fmt::format("{} of {}; {} labelled, {} skipped", number, items_.size(), labelled(), skipped());
}

std::vector<std::string> LabelSession::help() const {
  std::vector<std::string> out = {"1-9  the category with that number", "0 n  none of the categories",
                                  "s    skip: you cannot say, somebody else may",
                                  "u    undo the last answer, and see it again", "q    quit; what you said is kept"};
  if (needs_search())
    out.insert(out.begin() + 2, "/    search a category by letters; Enter takes the first, Escape leaves");
  out.emplace_back("any key goes back");
  return out;
}

std::vector<std::string> LabelSession::screen(std::size_t columns, std::size_t rows) const {
  if (helping_) return help();
  std::vector<std::string> out{progress()};
  if (done()) {
    out.emplace_back("That was all. u undo, q quit");
    return out;
  }
  const std::size_t fixed = kCardLines + items_[at_].opinions.size();
  const std::size_t left = rows > fixed ? rows - fixed : 0;
  const CardSize size{.columns = columns, .text_lines = std::clamp(left, kLeastTextLines, kMostTextLines)};
  for (std::string& line : card_lines(items_[at_], categories_, size)) out.push_back(std::move(line));
  for (std::string& line : choice_lines(choices(), columns)) out.push_back(std::move(line));
  if (search_) {
    out.push_back(text::safe_line(
        fmt::format("/{}_  {} of {} categories", *search_, ranked_.size(), categories_.size()), columns));
  } else {
    out.push_back(text::safe_line(needs_search() ? "0 none of them  / search  s skip  u undo  ? help  q quit"
                                                 : "0 none of them  s skip  u undo  ? help  q quit",
                                  columns));
  }
  if (!note_.empty()) out.push_back(text::safe_line(note_, columns));
  return out;
}

}  // namespace pointsman::learn
