// Commands for Redis, written one after the other as they go out together.
//
// Sans I/O. Every argument is a bulk string with its length before it, so no value can be taken for a command.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

namespace pointsman::shared_redis {

class RespCommands {
 public:
  RespCommands& add(std::span<const std::string_view> words);
  RespCommands& add(std::initializer_list<std::string_view> words) {
    return add(std::span<const std::string_view>(words.begin(), words.size()));
  }

  std::size_t count() const { return count_; }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

}  // namespace pointsman::shared_redis
