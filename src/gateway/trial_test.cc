#include "gateway/trial.h"

#include <gtest/gtest.h>

#include "gateway/client_error.h"

namespace pointsman::gateway {
namespace {

using base::Error;
using base::ErrorCode;
using base::Origin;
using limits::Blame;

TEST(NextAfterStatus, TellsWhoMayStillHelpAndBlamesTheRightParty) {
  struct Case {
    int status;
    Next next;
    Blame blame;
  };
  constexpr Case kCases[] = {
      {200, Next::kCommit, Blame::kSuccess},           {201, Next::kCommit, Blame::kSuccess},
      {301, Next::kMisused, Blame::kMisconfiguration}, {307, Next::kMisused, Blame::kMisconfiguration},
      {400, Next::kCommit, Blame::kSuccess},           {401, Next::kMisused, Blame::kMisconfiguration},
      {402, Next::kMisused, Blame::kMisconfiguration}, {403, Next::kMisused, Blame::kMisconfiguration},
      {404, Next::kMisused, Blame::kMisconfiguration}, {405, Next::kMisused, Blame::kMisconfiguration},
      {407, Next::kMisused, Blame::kMisconfiguration}, {408, Next::kTryOther, Blame::kFailure},
      {409, Next::kTryOther, Blame::kSuccess},         {413, Next::kCommit, Blame::kSuccess},
      {422, Next::kCommit, Blame::kSuccess},           {429, Next::kTryOther, Blame::kOverload},
      {500, Next::kTryOther, Blame::kFailure},         {502, Next::kTryOther, Blame::kFailure},
      {503, Next::kTryOther, Blame::kOverload},        {504, Next::kTryOther, Blame::kFailure},
      {529, Next::kTryOther, Blame::kOverload},
  };
  for (const Case& one : kCases) {
    EXPECT_EQ(next_after_status(one.status), one.next) << one.status;
    EXPECT_EQ(to_string(blame_of_answer(one.status, false)), to_string(one.blame)) << one.status;
  }
}

TEST(NextAfterStatus, AWebPageThatPosesAsAnAnswerIsAFailure) {
  EXPECT_EQ(blame_of_answer(200, true), Blame::kFailure);
}

TEST(ForClient, TellsEverythingAboutTheClientsOwnRequest) {
  const Error error = Error(ErrorCode::kInvalidArgument, "is not a list", Origin::kClient).at("/messages");
  const Error shown = for_client(error);
  EXPECT_EQ(shown.message(), "is not a list");
  EXPECT_EQ(shown.place(), "/messages");
}

TEST(ForClient, NamesNoAddressFileOrSettingOfOurs) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kInternal); ++code) {
    for (const Origin origin : {Origin::kGateway, Origin::kUpstream}) {
      const Error error(static_cast<ErrorCode>(code), "10.1.2.3:8443: /var/lib/x sk-secret", origin,
                        base::Retry::kOtherTarget);
      const Error shown = for_client(error);
      EXPECT_EQ(shown.message().find_first_of("0123456789/:"), std::string::npos) << shown.message();
      EXPECT_EQ(shown.message().find("secret"), std::string::npos);
      EXPECT_EQ(shown.code(), error.code());
      EXPECT_EQ(shown.origin(), origin);
      EXPECT_EQ(shown.retry(), base::Retry::kOtherTarget);
    }
  }
}

}  // namespace
}  // namespace pointsman::gateway
