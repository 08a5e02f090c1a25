#include "upstream/provider.h"

#include <gmock/gmock.h>

#include "http/head.h"

namespace pointsman::upstream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ProviderHead : public ::testing::Test {
 protected:
  ProviderHead() {
    provider_.name = "p";
    provider_.host = "h";
    provider_.prefix = "/v1";
    provider_.version = "2023-06-01";
  }
  std::string head(Author author, std::initializer_list<http::Field> client, std::string_view trace = {}) {
    http::FieldList fields;
    for (const http::Field& one : client) fields.add(one);
    std::string out;
    EXPECT_TRUE(append_request_head(provider_, "/messages", author, fields, 2, out, trace));
    return out;
  }
  Provider provider_;
};

TEST_F(ProviderHead, AClientsOwnBodyGoesInTheVersionThatItStates) {
  const std::string got = head(Author::kClient, {{"Anthropic-Version", "2099-01-01"}, {"anthropic-beta", "b"}});
  EXPECT_THAT(got, HasSubstr("Anthropic-Version: 2099-01-01\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("2023-06-01")));
  EXPECT_THAT(got, HasSubstr("anthropic-beta: b\r\n"));
  EXPECT_THAT(head(Author::kClient, {}), HasSubstr("anthropic-version: 2023-06-01\r\n"));
}

TEST_F(ProviderHead, WhatWeWroteGoesInTheVersionThatWeKnow) {
  const std::string got = head(Author::kGateway, {{"Anthropic-Version", "2099-01-01"}, {"anthropic-beta", "b"}});
  EXPECT_THAT(got, HasSubstr("anthropic-version: 2023-06-01\r\n"));
  EXPECT_THAT(got, Not(HasSubstr("2099-01-01")));
  EXPECT_THAT(got, HasSubstr("anthropic-beta: b\r\n"));
}

TEST_F(ProviderHead, WhatTheConfigurationSetsComesFirst) {
  provider_.fields = base::Secret("anthropic-version: 2024-01-01\r\n");
  provider_.own_fields = {"anthropic-version"};
  provider_.version = "";
  for (const Author author : {Author::kClient, Author::kGateway}) {
    const std::string got = head(author, {{"anthropic-version", "2099-01-01"}});
    EXPECT_THAT(got, HasSubstr("anthropic-version: 2024-01-01\r\n"));
    EXPECT_THAT(got, Not(HasSubstr("2099-01-01")));
  }
}

TEST_F(ProviderHead, AClientsTraceIsPassedOnUnlessItIsOurs) {
  const std::string untouched = head(Author::kClient, {{"traceparent", "a"}, {"tracestate", "b"}});
  EXPECT_THAT(untouched, HasSubstr("traceparent: a\r\n"));
  EXPECT_THAT(untouched, HasSubstr("tracestate: b\r\n"));
  const std::string ours = head(Author::kClient, {{"TraceParent", "a"}, {"Tracestate", "b"}}, "traceparent: c\r\n");
  EXPECT_THAT(ours, HasSubstr("traceparent: c\r\n"));
  EXPECT_THAT(ours, Not(HasSubstr("TraceParent")));
  EXPECT_THAT(ours, Not(HasSubstr("Tracestate")));
}

TEST_F(ProviderHead, OtherApisGetNothingOfThatOne) {
  provider_.version = "";
  EXPECT_THAT(head(Author::kClient, {{"anthropic-beta", "b"}, {"anthropic-version", "2099-01-01"}}),
              Not(HasSubstr("anthropic")));
}

}  // namespace
}  // namespace pointsman::upstream
