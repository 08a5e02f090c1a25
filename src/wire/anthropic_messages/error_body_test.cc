#include "wire/anthropic_messages/error_body.h"

#include <gtest/gtest.h>

#include "json/document.h"
#include "wire/anthropic_messages/error_reader.h"

namespace pointsman::wire::anthropic_messages {
namespace {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Retry;

TEST(MessagesErrorBody, NamesEachErrorAsTheApiDoes) {
  struct Case {
    Error error;
    int status;
    std::string_view type;
    bool retry;
  };
  const auto upstream = [](int status) {
    return Error(ErrorCode::kUpstreamStatus, "m", Origin::kUpstream).with_status(status);
  };
  const Case cases[] = {
      {Error(ErrorCode::kInvalidArgument, "m", Origin::kClient), 400, "invalid_request_error", false},
      {Error(ErrorCode::kUnauthorized, "m", Origin::kClient), 401, "authentication_error", false},
      {Error(ErrorCode::kForbidden, "m"), 403, "permission_error", false},
      {Error(ErrorCode::kNotFound, "m", Origin::kClient), 404, "not_found_error", false},
      {Error(ErrorCode::kTooLarge, "m", Origin::kClient), 413, "request_too_large", false},
      {Error(ErrorCode::kRateLimited, "m"), 429, "rate_limit_error", false},
      {Error(ErrorCode::kTimeout, "m", Origin::kUpstream, Retry::kSameTarget), 504, "timeout_error", true},
      {Error(ErrorCode::kReset, "m", Origin::kUpstream), 502, "api_error", false},
      {Error(ErrorCode::kInternal, "m"), 500, "api_error", false},
      {Error(ErrorCode::kOverloaded, "m"), 529, "overloaded_error", true},
      {Error(ErrorCode::kNoCandidate, "m"), 503, "overloaded_error", false},
      {upstream(529), 529, "overloaded_error", false},
      {upstream(401), 502, "api_error", false},
  };
  for (const Case& c : cases) {
    const ErrorAnswer answer = describe(c.error);
    EXPECT_EQ(answer.status, c.status) << base::to_string(c.error.code());
    EXPECT_EQ(answer.type, c.type) << base::to_string(c.error.code());
    EXPECT_EQ(answer.should_retry, c.retry) << base::to_string(c.error.code());
    EXPECT_TRUE(describe(c.error, true).should_retry);
  }
}

TEST(MessagesErrorBody, HasTheShapeThatClientsExpect) {
  std::string body;
  write_error_body(Error(ErrorCode::kInvalidArgument, "must be a \"string\"", Origin::kClient).at("/messages/2/role"),
                   body);
  EXPECT_EQ(
      body,
      R"({"type":"error","error":{"type":"invalid_request_error","message":"messages.2.role: must be a \"string\""}})");
  body.clear();
  write_error_event(Error(ErrorCode::kReset, "gone\nsecond line", Origin::kUpstream), body);
  EXPECT_EQ(body,
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"gone\\nsecond "
            "line\"}}\n\n");
  body.clear();
  write_error_body(Error(ErrorCode::kIo, "open /var/lib/secret: denied").at("/x"), body);
  EXPECT_EQ(body.find("secret"), std::string::npos);
}

TEST(MessagesErrorBody, TranslatesWhatOtherProvidersSay) {
  struct Case {
    llm::AnswerError error;
    int status;
    std::string_view type;
  };
  const Case cases[] = {
      {{"m", "invalid_request_error", "invalid_api_key"}, 401, "authentication_error"},
      {{"m", "requests", "rate_limit_exceeded"}, 429, "rate_limit_error"},
      {{"m", "insufficient_quota", "insufficient_quota"}, 429, "rate_limit_error"},
      {{"m", "server_error", ""}, 503, "overloaded_error"},
      {{"m", "server_error", ""}, 0, "api_error"},
      {{"m", "invalid_request_error", "context_length_exceeded"}, 400, "invalid_request_error"},
      {{"m", "invalid_request_error", "model_not_found"}, 404, "not_found_error"},
      {{"m", "overloaded_error", ""}, 0, "overloaded_error"},
      {{"m", "", "529"}, 529, "overloaded_error"},
      {{"m", "", ""}, 418, "invalid_request_error"},
      {{"m", "", ""}, 0, "api_error"},
  };
  for (const Case& c : cases) EXPECT_EQ(error_type(c.error, c.status), c.type) << c.error.type << c.status;
  std::string body;
  write_provider_error({"", "", ""}, 500, body);
  EXPECT_EQ(body, R"({"type":"error","error":{"type":"api_error","message":"the provider gave no reason"}})");
}

TEST(MessagesErrorReader, ReadsAnyBytes) {
  json::Document document;
  const auto error = read_error(
      R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"})", document);
  EXPECT_EQ(error.message, "Overloaded");
  EXPECT_EQ(error.type, "overloaded_error");
  EXPECT_EQ(read_error(R"({"error":"no"})", document).message, "no");
  EXPECT_EQ(read_error("<html>\r\n <b>502</b>\t</html> ", document).message, "<html> <b>502</b> </html>");
  EXPECT_EQ(read_error("", document).message, "the provider gave no reason");
  EXPECT_EQ(read_error("bad \xFF gateway", document).message, "bad ");
  EXPECT_LE(read_error(std::string(5000, 'x'), document).message.size(), 512U);
}

}  // namespace
}  // namespace pointsman::wire::anthropic_messages
