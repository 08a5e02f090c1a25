// `webhooks` against receivers on this machine: what is printed, and what is advised when it goes wrong.
#include <gmock/gmock.h>

#include <thread>

#include "support/command_line.h"
#include "support/tcp_peer.h"

namespace pointsman::cli {
namespace {

using test::Ran;
using test_support::read_to;
using test_support::send;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class WebhooksCommand : public testing::Test {
 protected:
  ~WebhooksCommand() override { stop(); }

  void stop() {
    if (!receiver_.joinable()) return;
    peer_loop_.stop();
    receiver_.join();
  }
  const std::string& received() {
    stop();
    return peer_.received();
  }

  std::string config(std::string_view url, std::string_view more = ", allow_private: true") {
    const std::string path = directory_.path() + "/pointsman.yaml";
    test::put(path,
              "providers: {p: {base_url: \"http://127.0.0.1:1/v1\"}}\nmodels: {m: {provider: p}}\n"
              "webhooks: {billing: {url: \"" +
                  std::string(url) + "\", secret: a-secret-of-some-length" + std::string(more) + "}}\n");
    return path;
  }
  // The URL of a receiver that answers one request so.
  std::string answering(std::string answer) {
    peer_.next({read_to(), read_to("}}"), send(std::move(answer))});
    receiver_ = std::thread([this] { peer_loop_.run(); });
    return "http://127.0.0.1:" + std::to_string(peer_.port()) + "/in";
  }
  Ran run(std::vector<std::string> arguments, const std::string& config) {
    arguments.insert(arguments.begin(), "webhooks");
    arguments.insert(arguments.end(), {"--config", config});
    return line_.run(std::move(arguments));
  }

  test::TemporaryDirectory directory_;
  test::CommandLine line_;
  net::Loop peer_loop_;
  test_support::TcpPeer peer_{peer_loop_};
  std::thread receiver_;
};

TEST_F(WebhooksCommand, ListsThemWithoutTheirSecrets) {
  const std::string file = config("https://hooks.example.com/in", "");
  const Ran ran = run({"list"}, file);
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("billing"), HasSubstr("https://hooks.example.com/in"), HasSubstr("public"),
                             Not(HasSubstr("a-secret"))));
  EXPECT_EQ(run({"list", "--json"}, file).out,
            "[{\"name\":\"billing\",\"url\":\"https://hooks.example.com/in\",\"addresses\":\"public\"}]\n");
}

TEST_F(WebhooksCommand, TestsByASignedEvent) {
  const Ran ran = run({"test", "billing"}, config(answering("HTTP/1.1 204 No Content\r\n\r\n")));
  EXPECT_EQ(ran.code, kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("billing: answered 204 in "));
  EXPECT_THAT(received(), AllOf(HasSubstr("POST /in HTTP/1.1\r\n"), HasSubstr("webhook-signature: v1,"),
                                HasSubstr("\"type\":\"webhook.test\""), Not(HasSubstr("a-secret"))));
}

TEST_F(WebhooksCommand, SaysWhatToDoAboutARefusal) {
  const Ran ran =
      run({"test", "billing"}, config(answering("HTTP/1.1 401 No\r\ncontent-length: 9\r\n\r\nbad\x1b[2Jsig")));
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.out, HasSubstr("answered 401"));
  EXPECT_THAT(ran.err, AllOf(HasSubstr("the same secret"), HasSubstr("it said: bad"), Not(HasSubstr("\x1b"))));
}

TEST_F(WebhooksCommand, DoesNotFollowRedirects) {
  const Ran ran = run({"test", "billing"}, config(answering("HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/x\r\n"
                                                            "content-length: 0\r\n\r\n")));
  EXPECT_EQ(ran.code, kCheckFailed);
  EXPECT_THAT(ran.err, HasSubstr("redirects are not followed"));
}

TEST_F(WebhooksCommand, SaysThatNobodyIsThere) {
  const Ran ran = run({"test", "billing"}, config("http://127.0.0.1:1/in"));
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("see that this machine reaches it")));
}

TEST_F(WebhooksCommand, SuggestsTheNearestName) {
  const Ran ran = run({"test", "biling"}, config("https://hooks.example.com/in", ""));
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("did you mean billing?"));
}

}  // namespace
}  // namespace pointsman::cli
