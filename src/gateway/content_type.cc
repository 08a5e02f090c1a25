#include "gateway/content_type.h"

namespace pointsman::gateway {

bool has_content_type(const http::RequestHead& head, std::string_view type) {
  const auto given = head.find("content-type");
  return given && given->size() >= type.size() && http::equal_ignoring_case(given->substr(0, type.size()), type) &&
         (given->size() == type.size() || (*given)[type.size()] == ';' || (*given)[type.size()] == ' ');
}

}  // namespace pointsman::gateway
