#include "shared_redis/resp_commands.h"

namespace pointsman::shared_redis {

RespCommands& RespCommands::add(std::span<const std::string_view> words) {
  bytes_.append("*").append(std::to_string(words.size())).append("\r\n");
  for (const std::string_view word : words) {
    bytes_.append("$").append(std::to_string(word.size())).append("\r\n").append(word).append("\r\n");
  }
  ++count_;
  return *this;
}

}  // namespace pointsman::shared_redis
