#include "shared_redis/news.h"

#include <algorithm>
#include <chrono>
#include <cstring>

#include "shared_redis/record_bytes.h"

namespace pointsman::shared_redis {
namespace {

using limits::FailureHint;
using route::ConversationNews;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kVersion = 1;
constexpr std::int64_t kMostTokens = 1'000'000'000;
constexpr std::int64_t kMostModels = std::int64_t{1} << route::ConversationMemory::kModelBits;

using Number = std::array<unsigned char, 8>;

Number bytes_of(std::uint64_t value) {
  Number out{};
  for (unsigned char& byte : out) {
    byte = static_cast<unsigned char>(value & 0xFF);
    value >>= 8;
  }
  return out;
}
std::uint64_t number_of(const Number& bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = bytes.size(); i > 0; --i) out = out << 8 | bytes[i - 1];
  return out;
}

bool read_conversation(RecordReader& reader, ConversationNews& out) {
  Number number{};
  if (!reader.bytes(number)) return false;
  const auto model = reader.varint_up_to(2 * kMostModels - 1);
  if (!model) return false;
  const auto tokens = reader.varint_up_to(kMostTokens);
  if (!tokens) return false;
  const auto age = reader.varint_up_to(kOldestConversation.count());
  if (!age) return false;
  out = {.conversation = number_of(number),
         .last = {.model = static_cast<std::uint32_t>(*model >> 1),
                  .tokens = *tokens,
                  .kept = (*model & 1) != 0,
                  .age = seconds(*age)}};
  return out.conversation != 0;
}

bool read_failure(RecordReader& reader, FailureHint& out) {
  if (!reader.bytes(out.target)) return false;
  const auto left = reader.varint_up_to(milliseconds(kLongestFailure).count());
  if (!left) return false;
  out.left = milliseconds(*left);
  return true;
}

template <class One, class Read>
base::Result<std::vector<One>> read_all(std::string_view bytes, Read read) {
  std::vector<One> out;
  RecordReader reader(bytes);
  bool good = reader.byte() == kVersion;
  while (good && !reader.done()) good = read(reader, out.emplace_back());
  if (!good) return base::fail(base::ErrorCode::kCorrupt, "Redis: a record of news that is none");
  return out;
}

}  // namespace

void News::age(milliseconds by) {
  for (ConversationNews& one : conversations) one.last.age += std::chrono::duration_cast<seconds>(by);
  std::erase_if(conversations, [](const ConversationNews& one) { return one.last.age > kOldestConversation; });
  for (FailureHint& one : failures) one.left -= by;
  std::erase_if(failures, [](const FailureHint& one) { return one.left < milliseconds(1); });
}

std::string write_conversations(std::span<const ConversationNews> all) {
  std::string out(1, kVersion);
  for (const ConversationNews& one : all) {
    put_bytes(out, bytes_of(one.conversation));
    put_varint(out, std::int64_t{one.last.model} << 1 | (one.last.kept ? 1 : 0));
    put_varint(out, std::clamp<std::int64_t>(one.last.tokens, 0, kMostTokens));
    put_varint(out, std::clamp<std::int64_t>(one.last.age.count(), 0, kOldestConversation.count()));
  }
  return out;
}

base::Result<std::vector<ConversationNews>> read_conversations(std::string_view bytes) {
  return read_all<ConversationNews>(bytes, read_conversation);
}

std::string write_failures(std::span<const FailureHint> all) {
  std::string out(1, kVersion);
  for (const FailureHint& one : all) {
    put_bytes(out, one.target);
    const std::int64_t left = std::chrono::duration_cast<milliseconds>(one.left).count();
    put_varint(out, std::clamp<std::int64_t>(left, 0, milliseconds(kLongestFailure).count()));
  }
  return out;
}

base::Result<std::vector<FailureHint>> read_failures(std::string_view bytes) {
  return read_all<FailureHint>(bytes, read_failure);
}

}  // namespace pointsman::shared_redis
