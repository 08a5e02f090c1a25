// A gateway whose category "simple" keeps answers, and requests that come one after the other.
// For integration tests.
#pragma once

#include "support/test_gateway.h"

namespace pointsman::testing {

inline void keep_simple(config::Config& config) {
  config.categories.front().cache_ttl = std::chrono::hours(1);
}

inline std::string cache_of(std::string_view answer) {
  return field_of(answer, "x-pointsman-cache");
}

class CachingTest : public GatewayTest {
 protected:
  void start_keeping(const TestGateway::Change& change = {}) {
    start([&](config::Config& config) {
      keep_simple(config);
      if (change) change(config);
    });
  }
  // All on one connection: a request is looked at when the one before it is over, and what it left is kept.
  std::vector<std::string> ask_all(const std::vector<std::string>& requests) {
    const auto client = connect();
    std::vector<std::string> out;
    for (const std::string& one : requests) {
      EXPECT_TRUE(client->send(one));
      out.push_back(client->read_answer());
    }
    return out;
  }
  std::vector<std::string> ask_twice(std::string_view body, std::string_view fields = {}) {
    return ask_all({post(kChat, body, fields), post(kChat, body, fields)});
  }
  std::size_t asked() { return small_.provider.requests().size(); }
  answers::ResponseCache& answers() { return gateway_->runtime().answers(); }
};

}  // namespace pointsman::testing
