// Reads replies of Redis (RESP2 and RESP3) from bytes that come in any pieces.
//
// Sans I/O. Bounded: a value deeper, larger or of more items than the limits fails as soon as that is known, before
// memory is taken for it; a declared length alone takes none. After a failure the reader is of no more use, as the
// connection is: nobody can tell where the next reply begins. Belongs to one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "shared_redis/resp_value.h"

namespace pointsman::shared_redis {

struct RespLimits {
  std::size_t depth = 8;                       // of lists in lists
  std::size_t line = 4096;                     // bytes of a simple string, an error or a length
  std::size_t string = std::size_t{4} << 20;   // bytes of one bulk string
  std::size_t memory = std::size_t{32} << 20;  // of one reply: its bytes and its items
};

class RespReader {
 public:
  explicit RespReader(const RespLimits& limits = {}) : limits_(limits) {}

  // Takes bytes up to the end of the value that is being read, and says how many it took; then complete() or all of
  // them. kCorrupt: not the protocol. kTooLarge: beyond the limits.
  base::Result<std::size_t> read(std::string_view bytes);
  bool complete() const { return complete_; }
  // The value that is complete; the next read() begins another.
  RespValue take();

 private:
  enum class Expect : std::uint8_t { kLine, kBytes, kEndOfBytes };
  struct Open {
    RespValue value;
    std::size_t missing = 0;  // items
    bool attribute = false;   // RESP3: says something about the next value, which is nothing to us
  };

  base::Result<std::size_t> read_line(std::string_view bytes);
  base::Result<std::size_t> read_bytes(std::string_view bytes);
  base::Result<std::size_t> read_end(std::string_view bytes);
  base::Result<void> take_line(std::string_view line);
  base::Result<void> begin_string(std::string_view length, bool verbatim);
  base::Result<void> begin_list(RespValue::Kind kind, std::string_view length, std::size_t items_each, bool attribute);
  base::Result<void> spend(std::size_t bytes);
  void finish(RespValue value);

  RespLimits limits_;
  Expect expect_ = Expect::kLine;
  std::string line_;
  RespValue string_;  // the bulk string under way
  bool verbatim_ = false;
  std::size_t missing_ = 0;  // bytes of it
  std::vector<Open> open_;
  RespValue done_;
  bool complete_ = false;
  std::size_t spent_ = 0;
};

}  // namespace pointsman::shared_redis
