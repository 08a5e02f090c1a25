#include "cli/labelled_data.h"

#include "cli/files.h"

namespace pointsman::cli {

using base::ErrorCode;
using base::Result;

Result<learn::Dataset> read_labelled(const std::string& path) {
  PM_TRY(const std::string bytes, read_file(path, learn::ReadLimits().bytes));
  return learn::read_jsonl(bytes, path);
}

Result<void> check_can_prove(const classify::LinearModel* model, const learn::Dataset& data, const std::string& path) {
  if (data.examples.empty()) return base::fail(ErrorCode::kInvalidArgument, path + ": holds no examples");
  if (model == nullptr || model->card().find(learn::content_hash(data)) == std::string_view::npos) return {};
  return base::fail(ErrorCode::kInvalidArgument,
                    path +
                        ": the classifier learnt from these very examples, so they prove nothing; give labelled "
                        "requests that it has never seen");
}

}  // namespace pointsman::cli
