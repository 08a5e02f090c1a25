// Labelling by keys, as a state machine: a key goes in, what is to be done comes out, and screen() is what to show.
//
//   1-9 choose a category, 0 or n none of them, s skip, u undo the last one, ? help, q quit.
// With more than nine categories the nine likeliest have keys, and / begins a search: what is typed narrows them down
// to those whose names hold it (case does not matter), digits choose among the first nine of these, Enter takes the
// first, Backspace widens, Escape leaves the search. Knows no terminal, no store and no clock: the caller reads keys,
// shows lines and keeps answers. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "learn/label_card.h"

namespace pointsman::learn {

struct LabelKey {
  enum class Kind : std::uint8_t { kCharacter, kEnter, kBackspace, kEscape };
  Kind kind = Kind::kCharacter;
  char32_t character = 0;  // for kCharacter
};

// What a key has brought about; the caller makes it so.
struct LabelEffect {
  enum class Kind : std::uint8_t {
    kNothing,   // or only another screen
    kLabelled,  // `item` is of `category`; of none of them where that is the number of categories
    kSkipped,   // nobody can say; another person may be asked
    kUndone,    // what was said of `item` is taken back; it is shown again
    kQuit,
  };
  Kind kind = Kind::kNothing;
  std::size_t item = 0;
  std::size_t category = 0;
};

class LabelSession {
 public:
  explicit LabelSession(std::vector<std::string> categories);

  // More to label, behind what is there.
  void add(std::vector<LabelItem> items);
  LabelEffect press(const LabelKey& key);
  // At most about `rows` lines of at most `columns` columns.
  std::vector<std::string> screen(std::size_t columns, std::size_t rows) const;

  // Everything there was is labelled or skipped.
  bool done() const { return at_ == items_.size(); }
  const std::vector<LabelItem>& items() const { return items_; }
  std::size_t labelled() const;
  std::size_t skipped() const { return history_.size() - labelled(); }

 private:
  LabelEffect command(char32_t key);
  LabelEffect search(const LabelKey& key);
  LabelEffect choose(std::size_t place);
  LabelEffect finish(LabelEffect effect);
  LabelEffect undo();
  bool needs_search() const;
  void rank_choices();
  std::vector<LabelChoice> choices() const;
  std::string progress() const;
  std::vector<std::string> help() const;

  std::vector<std::string> categories_;
  std::vector<LabelItem> items_;
  std::size_t at_ = 0;
  std::vector<LabelEffect> history_;   // one for each item before at_
  std::vector<std::size_t> ranked_;    // categories that keys or a search choose from, in this order
  std::optional<std::string> search_;  // what was typed; nothing: no search
  std::string note_;                   // about the last key
  bool helping_ = false;
};

}  // namespace pointsman::learn
