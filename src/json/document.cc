#include "json/document.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>

namespace pointsman::json {
namespace {

// Indexes of bodies up to this size stay allocated between requests.
constexpr std::size_t kKeepBytes = 256U << 10;
constexpr std::size_t kLeastBytes = 16U << 10;

const std::uint32_t kNoTokens[1] = {0};

}  // namespace

// simdjson's first stage, chosen for this processor at run time. It reads whole blocks inside the body and copies the
// rest, so the body needs no padding.
struct Document::Index {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
  std::size_t bytes = 0;
  std::uint32_t count = 0;
};

Document::Document(std::size_t max_bytes) : index_(std::make_unique<Index>()), max_bytes_(max_bytes) {}
Document::~Document() = default;

base::Result<void> Document::reserve(std::size_t bytes) {
  if (index_->bytes >= bytes) return {};
  const std::size_t wanted = std::bit_ceil(std::max(bytes, kLeastBytes));
  index_->stage.reset();
  index_->bytes = 0;
  // The depth is that of simdjson's second stage, which we do not use.
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, index_->stage) !=
      simdjson::SUCCESS) {
    return base::fail(base::ErrorCode::kOverloaded, "no memory to index a JSON body");
  }
  index_->bytes = wanted;
  return {};
}

base::Result<void> Document::open(std::string_view body) {
  body_ = body;
  index_->count = 0;
  if (body.size() > max_bytes_) {
    return base::fail(base::ErrorCode::kTooLarge,
                      "the JSON body has " + std::to_string(body.size()) + " bytes; at most " +
                          std::to_string(max_bytes_) + " are accepted",
                      base::Origin::kClient);
  }
  PM_CHECK(reserve(body.size()));
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(body.data());
  if (body.empty() || index_->stage->stage1(bytes, body.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return base::fail(error());
  }
  index_->count = index_->stage->n_structural_indexes;
  index_->stage->structural_indexes[index_->count] = static_cast<std::uint32_t>(body.size());
  return {};
}

Cursor Document::root() const {
  Cursor cursor;
  cursor.body_ = body_;
  cursor.count_ = index_->count;
  cursor.tokens_ = index_->count == 0 ? kNoTokens : index_->stage->structural_indexes.get();
  return cursor;
}

base::Error Document::error() const {
  if (const auto fault = find_fault(body_)) return to_error(*fault);
  return base::Error(base::ErrorCode::kParse, "not valid JSON", base::Origin::kClient);
}

void Document::close() {
  body_ = {};
  index_->count = 0;
  if (index_->bytes > kKeepBytes) {
    index_->stage.reset();
    index_->bytes = 0;
  }
}

base::Result<void> Document::validate(std::string_view body) {
  PM_CHECK(open(body));
  Cursor cursor = root();
  cursor.skip();
  const bool good = cursor.finished();
  auto result = good ? base::Result<void>() : base::fail(error());
  close();
  return result;
}

}  // namespace pointsman::json
