#include "wire/openai_chat/error_body.h"

#include <gtest/gtest.h>

#include "json/document.h"
#include "wire/error_status.h"
#include "wire/openai_chat/models_body.h"

namespace pointsman::wire::openai_chat {
namespace {

using base::Error;
using base::ErrorCode;
using base::Origin;
using base::Retry;

// OpenAI's own names where its clients know one; else ours.
std::string_view code_of(const Error& error) {
  const bool own = error.origin() == Origin::kClient;
  if (own && error.code() == ErrorCode::kUnauthorized) return "invalid_api_key";
  if (own && error.code() == ErrorCode::kRateLimited) return "rate_limit_exceeded";
  if (own && error.code() == ErrorCode::kQuotaExceeded) return "insufficient_quota";
  return base::to_string(error.code());
}

TEST(ErrorBody, MapsEveryCodeToOneStatus) {
  struct Case {
    Error error;
    int status;
    std::string_view type;
    bool retry;
  };
  const Case cases[] = {
      {Error(ErrorCode::kInvalidArgument, "m", Origin::kClient), 400, "invalid_request_error", false},
      {Error(ErrorCode::kParse, "m", Origin::kClient), 400, "invalid_request_error", false},
      {Error(ErrorCode::kParse, "m", Origin::kUpstream, Retry::kOtherTarget), 502, "upstream_error", true},
      {Error(ErrorCode::kTooLarge, "m", Origin::kClient), 413, "invalid_request_error", false},
      {Error(ErrorCode::kUnauthorized, "m", Origin::kClient), 401, "authentication_error", false},
      {Error(ErrorCode::kForbidden, "m"), 403, "permission_error", false},
      {Error(ErrorCode::kNotFound, "m", Origin::kClient), 404, "invalid_request_error", false},
      {Error(ErrorCode::kUnsupported, "m", Origin::kClient).at("content-encoding"), 415, "invalid_request_error",
       false},
      {Error(ErrorCode::kUnsupported, "m", Origin::kClient), 400, "invalid_request_error", false},
      {Error(ErrorCode::kRateLimited, "m"), 429, "rate_limit_error", false},
      {Error(ErrorCode::kRateLimited, "m", Origin::kClient, Retry::kSameTarget), 429, "rate_limit_error", true},
      {Error(ErrorCode::kQuotaExceeded, "m", Origin::kClient), 429, "insufficient_quota", false},
      {Error(ErrorCode::kTimeout, "m", Origin::kClient), 408, "timeout_error", false},
      {Error(ErrorCode::kTimeout, "m", Origin::kUpstream, Retry::kSameTarget), 504, "timeout_error", true},
      {Error(ErrorCode::kCancelled, "m", Origin::kClient), 499, "invalid_request_error", false},
      {Error(ErrorCode::kCancelled, "m", Origin::kGateway, Retry::kOtherTarget), 503, "service_unavailable_error",
       true},
      {Error(ErrorCode::kConnect, "m", Origin::kUpstream, Retry::kOtherTarget), 502, "upstream_error", true},
      {Error(ErrorCode::kReset, "m", Origin::kUpstream), 502, "upstream_error", false},
      {Error(ErrorCode::kUpstreamStatus, "m", Origin::kUpstream).with_status(400), 400, "invalid_request_error", false},
      {Error(ErrorCode::kUpstreamStatus, "m", Origin::kUpstream).with_status(401), 502, "upstream_error", false},
      {Error(ErrorCode::kUpstreamStatus, "m", Origin::kUpstream).with_status(429), 429, "rate_limit_error", false},
      {Error(ErrorCode::kUpstreamStatus, "m", Origin::kUpstream).with_status(500), 502, "upstream_error", false},
      {Error(ErrorCode::kUpstreamStatus, "m", Origin::kUpstream).with_status(503), 503, "service_unavailable_error",
       false},
      {Error(ErrorCode::kUpstreamStatus, "m", Origin::kUpstream).with_status(0), 502, "upstream_error", false},
      {Error(ErrorCode::kOverloaded, "m"), 503, "service_unavailable_error", true},
      {Error(ErrorCode::kNoCandidate, "m"), 503, "service_unavailable_error", false},
      {Error(ErrorCode::kNoCandidate, "m", Origin::kClient), 400, "invalid_request_error", false},
      {Error(ErrorCode::kIo, "m"), 500, "server_error", false},
      {Error(ErrorCode::kCorrupt, "m"), 500, "server_error", false},
      {Error(ErrorCode::kInternal, "m"), 500, "server_error", false},
  };
  for (const Case& c : cases) {
    const ErrorAnswer answer = describe(c.error);
    EXPECT_EQ(answer.status, c.status) << base::to_string(c.error.code());
    EXPECT_EQ(answer.type, c.type) << base::to_string(c.error.code());
    EXPECT_EQ(answer.code, code_of(c.error)) << base::to_string(c.error.code());
    EXPECT_EQ(answer.should_retry, c.retry) << base::to_string(c.error.code());
    EXPECT_TRUE(describe(c.error, true).should_retry);
    std::string body;
    write_error_body(c.error, body);
    EXPECT_TRUE(json::Document().validate(body)) << body;
  }
}

TEST(ErrorBody, HasTheShapeClientsOfOpenAiExpect) {
  std::string body;
  write_error_body(Error(ErrorCode::kInvalidArgument, "must be a \"string\"", Origin::kClient).at("/messages/2/role"),
                   body);
  EXPECT_EQ(body, R"({"error":{"message":"must be a \"string\"","type":"invalid_request_error",)"
                  R"("param":"messages[2].role","code":"invalid_argument"}})");
  body.clear();
  write_error_event(Error(ErrorCode::kReset, "gone\nsecond line", Origin::kUpstream), body);
  EXPECT_EQ(body,
            "data: {\"error\":{\"message\":\"gone\\nsecond line\",\"type\":\"upstream_error\",\"param\":null,"
            "\"code\":\"reset\"}}\n\n");
}

TEST(ErrorBody, KeepsInternalMessagesInside) {
  std::string body;
  write_error_body(Error(ErrorCode::kIo, "open /var/lib/secret: denied"), body);
  EXPECT_EQ(body.find("secret"), std::string::npos);
}

TEST(ErrorBody, SpellsPointersAsParams) {
  EXPECT_EQ(openai_param("/messages/2/content/0/type"), "messages[2].content[0].type");
  EXPECT_EQ(openai_param("/model"), "model");
  EXPECT_EQ(openai_param(""), "");
  EXPECT_EQ(openai_param("3:7"), "");
  EXPECT_EQ(openai_param("/"), "");
}

TEST(ModelsBody, ListsModelsInOrder) {
  const ModelItem models[] = {{"auto", "pointsman", 0}, {"gpt-\"x\"", "openai", 1700000000}};
  std::string body;
  write_models_body(models, body);
  EXPECT_EQ(body, R"({"object":"list","data":[{"id":"auto","object":"model","created":0,"owned_by":"pointsman"},)"
                  R"({"id":"gpt-\"x\"","object":"model","created":1700000000,"owned_by":"openai"}]})");
  body.clear();
  write_models_body({}, body);
  EXPECT_EQ(body, R"({"object":"list","data":[]})");
}

TEST(ErrorStatus, WhatNoModelCanDoIsNotWorthAnotherTry) {
  using base::ErrorCode;
  using base::Origin;
  using base::Retry;
  EXPECT_FALSE(should_retry({ErrorCode::kUnsupported, "no embeddings", Origin::kClient, Retry::kOtherTarget}, false));
  EXPECT_TRUE(should_retry({ErrorCode::kReset, "broke off", Origin::kUpstream, Retry::kOtherTarget}, false));
  EXPECT_TRUE(should_retry({ErrorCode::kUnsupported, "later", Origin::kClient, Retry::kOtherTarget}, true));
}

}  // namespace
}  // namespace pointsman::wire::openai_chat
