#include "wire/openai_responses/sealed.h"

namespace pointsman::wire::openai_responses {
namespace {

constexpr std::string_view kSignature = "signature-";
constexpr std::string_view kOpaque = "opaque-";

}  // namespace

std::string seal(const llm::Part& part) {
  std::string out;
  if (part.signature.empty() && part.opaque.empty()) return out;
  out += kSealMark;
  const bool signature = !part.signature.empty();
  out += signature ? kSignature : kOpaque;
  return out += signature ? part.signature : part.opaque;
}

bool unseal(std::string_view text, llm::Part& part) {
  if (!text.starts_with(kSealMark)) return false;
  text.remove_prefix(kSealMark.size());
  if (text.starts_with(kSignature)) {
    part.signature = text.substr(kSignature.size());
  } else if (text.starts_with(kOpaque)) {
    part.opaque = text.substr(kOpaque.size());
  } else {
    return false;
  }
  return true;
}

}  // namespace pointsman::wire::openai_responses
