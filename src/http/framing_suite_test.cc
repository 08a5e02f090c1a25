// Promise P1, one request is one request: the framing matrix read by the codec as a server would read a connection.
#include <gtest/gtest.h>

#include <set>

#include "http/body.h"
#include "http/head.h"
#include "http/status.h"
#include "support/framing_cases.h"

namespace pointsman::http {
namespace {

using testing::FramingCase;
using testing::FramingMatrix;
using testing::ServedRequest;

// What a connection came to. `unread` are the bytes of an incomplete message, 0 if all were used up.
struct Outcome {
  std::vector<ServedRequest> served;
  int refusal = 0;
  std::string reason;
  bool keep_alive = true;
  std::size_t unread = 0;
  bool operator==(const Outcome&) const = default;
};

// A server's reading loop without the socket: bytes arrive, requests come out.
class Connection {
 public:
  void receive(std::string_view bytes) {
    if (closed()) return;
    buffer_.append(bytes);
    while (!closed() && advance()) {
    }
  }

  Outcome outcome() {
    outcome_.unread = closed() ? 0 : buffer_.size() + (body_ ? 1 : 0);
    return outcome_;
  }

 private:
  bool closed() const { return outcome_.refusal != 0 || !outcome_.keep_alive; }

  // One step; false if more bytes are needed.
  bool advance() { return body_ ? read_body() : read_head(); }

  bool read_head() {
    const auto size = head_end(buffer_, scanned_);
    if (!size) return refuse(size.error());
    scanned_ = buffer_.size();
    if (!*size) return false;
    if (auto parsed = parse_request_head(std::string_view(buffer_).substr(0, **size), {}, head_); !parsed) {
      return refuse(parsed.error());
    }
    auto body = BodyReader::open(head_.framing, Peer::kClient, testing::kFramingBodyLimit);
    if (!body) return refuse(body.error());
    body_.emplace(std::move(*body));
    request_ = {std::string(head_.method_name), std::string(head_.target), ""};
    buffer_.erase(0, **size);
    scanned_ = 0;
    return true;
  }

  bool read_body() {
    const auto piece = body_->next(buffer_);
    if (!piece) return refuse(piece.error());
    request_.body.append(piece->payload);
    buffer_.erase(0, piece->consumed);
    if (!piece->done) return !buffer_.empty();
    body_.reset();
    outcome_.served.push_back(request_);
    outcome_.keep_alive = head_.keep_alive;
    return !buffer_.empty();
  }

  bool refuse(const base::Error& error) {
    EXPECT_EQ(error.origin(), base::Origin::kClient);
    EXPECT_FALSE(error.message().empty());
    EXPECT_FALSE(error.place().empty());
    outcome_.refusal = http_status_of(error);
    outcome_.reason = error.place() + ": " + error.message();
    return false;
  }

  std::string buffer_;
  std::size_t scanned_ = 0;
  RequestHead head_;
  std::optional<BodyReader> body_;
  ServedRequest request_;
  Outcome outcome_;
};

Outcome read_whole(std::string_view bytes) {
  Connection connection;
  connection.receive(bytes);
  return connection.outcome();
}

const std::vector<FramingCase>& cases() {
  static const std::vector<FramingCase> all = FramingMatrix::all();
  return all;
}

TEST(FramingSuite, HasMoreThanFourHundredDistinctPayloads) {
  std::set<std::string> bytes;
  std::set<std::string> names;
  std::size_t refused = 0;
  for (const FramingCase& one : cases()) {
    bytes.insert(one.bytes);
    names.insert(one.name);
    refused += one.refusal != 0 ? 1 : 0;
  }
  EXPECT_EQ(bytes.size(), cases().size());
  EXPECT_EQ(names.size(), cases().size());
  EXPECT_GE(refused, 400U);
  RecordProperty("payloads", static_cast<int>(cases().size()));
  RecordProperty("refused", static_cast<int>(refused));
}

TEST(FramingSuite, ReadsEveryPayloadInTheOneWayExpected) {
  for (const FramingCase& one : cases()) {
    const Outcome outcome = read_whole(one.bytes);
    EXPECT_EQ(outcome.refusal, one.refusal) << one.name << ": " << outcome.reason;
    EXPECT_TRUE(outcome.served == one.served)
        << one.name << ": served " << outcome.served.size() << " of " << one.served.size() << "; " << outcome.reason;
    EXPECT_EQ(outcome.unread, 0U) << one.name;
    if (one.refusal == 0) {
      EXPECT_EQ(outcome.keep_alive, one.keep_alive) << one.name;
    }
  }
}

TEST(FramingSuite, NeverServesWhatWasSmuggledInsideAnother) {
  for (const FramingCase& one : cases()) {
    for (const ServedRequest& request : read_whole(one.bytes).served) {
      EXPECT_NE(request.target, "/smuggled") << one.name;
      EXPECT_NE(request.target, "/inner") << one.name;
    }
  }
}

TEST(FramingSuite, ReadsEveryPayloadTheSameByteByByte) {
  for (const FramingCase& one : cases()) {
    Connection connection;
    for (const char& byte : one.bytes) connection.receive({&byte, 1});
    EXPECT_TRUE(connection.outcome() == read_whole(one.bytes)) << one.name;
  }
}

TEST(FramingSuite, ReadsEveryPayloadTheSameHoweverItIsSplitInTwo) {
  for (const FramingCase& one : cases()) {
    const Outcome whole = read_whole(one.bytes);
    // Large heads differ by nothing but their length: their splits are sampled.
    const std::size_t step = one.bytes.size() > 2000 ? 997 : 1;
    for (std::size_t at = 1; at < one.bytes.size(); at += step) {
      Connection connection;
      connection.receive(std::string_view(one.bytes).substr(0, at));
      connection.receive(std::string_view(one.bytes).substr(at));
      ASSERT_TRUE(connection.outcome() == whole) << one.name << ", split at " << at;
    }
  }
}

}  // namespace
}  // namespace pointsman::http
