#include "gateway/schema_shelf.h"

#include "base/hash.h"

namespace pointsman::gateway {

std::shared_ptr<const json::Schema> SchemaShelf::get(std::string_view text) {
  if (text.empty()) return nullptr;
  const std::uint64_t key = base::xxh3(text);
  const auto known = kept_.find(key);
  if (known != kept_.end() && known->second.text == text) return known->second.schema;
  auto compiled = json::Schema::compile(text);
  std::shared_ptr<const json::Schema> schema = compiled ? std::move(*compiled) : nullptr;
  if (text.size() > kLongest) return schema;
  if (known == kept_.end()) {
    if (order_.size() == kMost) {
      kept_.erase(order_.front());
      order_.pop_front();
    }
    order_.push_back(key);
  }
  kept_[key] = {std::string(text), schema};
  return schema;
}

}  // namespace pointsman::gateway
