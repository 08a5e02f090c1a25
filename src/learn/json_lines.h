// Reading JSON Lines of one object each, from people: what examples, outcomes and feedback have in common.
//
// Every problem is told with its place, "name:line:column: what"; a line with one is left out, and the reading goes on
// to find the others. One reader for one text; the base of this module's readers and of the command line's.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "learn/dataset.h"

namespace pointsman::learn {

class JsonLines {
 public:
  // `example` shows what an object looks like, `rows` is what to call them ("examples").
  JsonLines(std::string_view bytes, std::string_view name, const ReadLimits& limits, std::string_view example,
            std::string_view rows)
      : rest_(bytes), name_(name), limits_(limits), example_(example), rows_(rows) {}
  virtual ~JsonLines() = default;

 protected:
  using Field = simdjson::ondemand::field;

  // Reads all lines. kTooLarge beyond the limits; kParse with the first problems, at the place of the first.
  base::Result<void> read_lines();

  // A line begins; one of its members; it ended without a problem so far.
  virtual void begin_line() = 0;
  virtual void read_member(Field& field, std::size_t where, const std::string& name) = 0;
  virtual void end_line() = 0;
  virtual std::size_t kept() const = 0;  // rows so far

  // A problem at a column, from 1, of the present line.
  void report(std::size_t column, std::string_view what);
  std::size_t line() const { return line_; }
  void skip(Field& field, std::size_t where);
  void read_string(Field& field, std::size_t where, std::string_view key, std::string& into);

 private:
  std::unexpected<base::Error> too_large(const std::string& what) const;
  void read_line(std::string_view line);
  void read_object();
  void read_key(Field& field);
  std::size_t column(simdjson::ondemand::document& document) const;

  std::string_view rest_;
  std::string_view name_;
  ReadLimits limits_;
  std::string_view example_;
  std::string_view rows_;
  simdjson::ondemand::parser parser_;
  simdjson::padded_string padded_;
  std::size_t line_ = 0;
  std::size_t errors_ = 0;
  std::string messages_;
  std::string first_place_;
};

}  // namespace pointsman::learn
