// A text that anybody may have written, as lines that are safe to show in a terminal: nothing in it can move the
// cursor, turn the reading direction or hide.
//
// Control characters appear as their pictures (U+2400 block; ESC as U+241B), so an escape sequence is read instead of
// obeyed. Characters that are invisible or change the order of others (category Cf with its bidirectional controls, tag
// characters and zero-width space; unassigned and private ones; line separators apart; after UAX #9 and UTS #55)
// appear as <U+202E>, a run of them as the first and a count. The joiners U+200C and U+200D and variation selectors
// are left out: scripts and emoji need them, and without them nothing is hidden. Of marks that pile up on one character
// four are kept, of empty lines in a row one. Broken UTF-8 reads as U+FFFD. Pure, any thread; work is bounded by the
// lines asked for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::text {

struct SafeLines {
  std::vector<std::string> lines;
  bool cut = false;          // there was more text than the lines hold; the last one ends in "…"
  std::size_t unseemly = 0;  // control and invisible characters in what was read
};

// At most `most` lines of at most `columns` columns (at least 8), broken between words where there are any. Wide
// characters count as two columns (utf8proc_charwidth).
SafeLines safe_lines(std::string_view text, std::size_t columns, std::size_t most);

// The same as one line: line breaks become spaces.
std::string safe_line(std::string_view text, std::size_t columns);

// Columns that a text made safe takes.
std::size_t columns_of(std::string_view safe);

}  // namespace pointsman::text
