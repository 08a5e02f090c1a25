#include "config/proofs.h"

#include <string>
#include <utility>

#include "config/certified.h"
#include "config/small_model.h"

namespace pointsman::config {
namespace {

// Gives one text, whatever file is asked for.
class OneDocument final : public FileSource {
 public:
  explicit OneDocument(std::string_view text) : text_(text) {}
  base::Result<std::string> read(const std::string& path, std::size_t max_bytes) override {
    static_cast<void>(path);
    if (text_.size() > max_bytes) return base::fail(base::ErrorCode::kTooLarge, "is too large");
    return std::string(text_);
  }
  base::Result<void> readable(const std::string& path) override {
    static_cast<void>(path);
    return {};
  }

 private:
  std::string_view text_;
};

base::Result<void> told(Problems& problems) {
  std::string all;
  for (const Problem& one : problems.take()) all += (all.empty() ? "" : "; ") + one.to_string();
  if (all.empty()) return {};
  return base::fail(base::ErrorCode::kInvalidArgument, std::move(all));
}

}  // namespace

base::Result<void> replace_proofs(Config& config, std::string_view certificate, std::string_view pairing) {
  Problems problems("the classifier's proofs");
  const Places places;
  if (config.router.risk && !certificate.empty()) {
    OneDocument document(certificate);
    take_certificate(config, {document, {}}, places, problems);
  }
  if (config.router.llm && !pairing.empty()) {
    OneDocument document(pairing);
    if (config.router.llm->pairing.empty()) config.router.llm->pairing = "the registry";
    const std::string examples = std::exchange(config.router.llm->examples_file, {});  // they are there already
    take_small_model(config, {document, {}}, places, problems);
    config.router.llm->examples_file = examples;
  }
  return told(problems);
}

}  // namespace pointsman::config
