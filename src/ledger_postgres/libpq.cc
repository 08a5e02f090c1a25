#include "ledger_postgres/libpq.h"

#include <dlfcn.h>

#include <atomic>
#include <mutex>
#include <string>

namespace pointsman::ledger_postgres {
namespace {

using base::ErrorCode;
using base::Result;

constexpr const char* kFile = "libpq.so.5";

std::mutex opening;
Libpq table{};
std::atomic<const Libpq*> opened = nullptr;

template <class Function>
bool find(void* library, const char* name, Function& into) {
  into = reinterpret_cast<Function>(dlsym(library, name));
  return into != nullptr;
}

bool find_all(void* library, Libpq& into) {
  return find(library, "PQclear", into.PQclear) && find(library, "PQcmdTuples", into.PQcmdTuples) &&
         find(library, "PQconnectPoll", into.PQconnectPoll) &&
         find(library, "PQconnectStartParams", into.PQconnectStartParams) &&
         find(library, "PQconsumeInput", into.PQconsumeInput) &&
         find(library, "PQenterPipelineMode", into.PQenterPipelineMode) &&
         find(library, "PQerrorMessage", into.PQerrorMessage) &&
         find(library, "PQexitPipelineMode", into.PQexitPipelineMode) && find(library, "PQfinish", into.PQfinish) &&
         find(library, "PQflush", into.PQflush) && find(library, "PQfreemem", into.PQfreemem) &&
         find(library, "PQgetResult", into.PQgetResult) && find(library, "PQgetisnull", into.PQgetisnull) &&
         find(library, "PQgetlength", into.PQgetlength) && find(library, "PQgetvalue", into.PQgetvalue) &&
         find(library, "PQisBusy", into.PQisBusy) && find(library, "PQnfields", into.PQnfields) &&
         find(library, "PQnotifies", into.PQnotifies) && find(library, "PQntuples", into.PQntuples) &&
         find(library, "PQpipelineSync", into.PQpipelineSync) &&
         find(library, "PQresultErrorField", into.PQresultErrorField) &&
         find(library, "PQresultStatus", into.PQresultStatus) &&
         find(library, "PQsendQueryParams", into.PQsendQueryParams) &&
         find(library, "PQsetNoticeReceiver", into.PQsetNoticeReceiver) &&
         find(library, "PQsetnonblocking", into.PQsetnonblocking) && find(library, "PQsocket", into.PQsocket) &&
         find(library, "PQstatus", into.PQstatus);
}

}  // namespace

Result<Libpq> open_libpq_at(const char* file) {
  Libpq found{};
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (library != nullptr && find_all(library, found)) return found;
  const char* const why = dlerror();
  return base::fail(ErrorCode::kUnsupported, "PostgreSQL's client library cannot be used (" +
                                                 std::string(why == nullptr ? file : why) +
                                                 "): install Debian's package libpq5, version 14 or later");
}

Result<void> open_libpq() {
  const std::scoped_lock lock(opening);
  if (opened.load(std::memory_order_relaxed) != nullptr) return {};
  PM_TRY(table, open_libpq_at(kFile));
  opened.store(&table, std::memory_order_release);
  return {};
}

const Libpq& libpq() {
  return *opened.load(std::memory_order_acquire);
}

}  // namespace pointsman::ledger_postgres
