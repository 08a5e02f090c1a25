// A JSON Schema, compiled: what a PrefixValidator holds a growing text against.
//
// Draft 7, 2019-09 and 2020-12 ($schema decides; 2020-12 without it). Immutable once compiled, shared by any number of
// threads. Bounded: a schema over a limit does not compile, and compiling is linear in its size but for sorting.
// What JSON Schema leaves to annotations, and what we cannot enforce, is told by unenforced(), never silently skipped;
// where something is not enforced the validator errs on the side of valid.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pointsman::json {

namespace schema {
struct Program;
}

// A schema that another may refer to by its absolute URI.
struct SchemaText {
  std::string_view uri;
  std::string_view text;
};

// A keyword of a schema that no instance is held against.
struct Unenforced {
  std::string pointer;  // of the keyword
  std::string keyword;
  std::string why;
};

struct SchemaOptions {
  // What $ref may lead to besides the schema itself. Nothing is ever fetched.
  std::span<const SchemaText> others;
  // Holds strings against the formats date-time, date, time, duration, email, hostname, ipv4, ipv6 and uuid. Otherwise
  // `format` is an annotation, as JSON Schema has it.
  bool assert_formats = false;
  std::size_t max_bytes = 1U << 20;  // of one document
};

class Schema {
 public:
  // kParse with the position, kTooLarge, or kInvalidArgument with the JSON pointer of what is wrong in the schema.
  static base::Result<std::shared_ptr<const Schema>> compile(std::string_view text, const SchemaOptions& options = {});
  explicit Schema(std::unique_ptr<const schema::Program> program);
  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  // At most the first 100, in the order they were met.
  std::span<const Unenforced> unenforced() const;

  const schema::Program& program() const { return *program_; }

 private:
  std::unique_ptr<const schema::Program> program_;
};

}  // namespace pointsman::json
