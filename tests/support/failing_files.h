// SQLite's file layer, made to fail on demand: every database opened while a FailingFiles lives goes through it.
//
// For tests; one at a time. The failures are SQLite result codes, SQLITE_OK for none, and concern every open file.
#pragma once

#include <sqlite3.h>

#include <atomic>

namespace pointsman::test {

inline std::atomic<int> write_failure{SQLITE_OK};
inline std::atomic<int> sync_failure{SQLITE_OK};
// So many writes and syncs still succeed before they fail.
inline std::atomic<int> calls_before_failure{0};

namespace failing {

// SQLite locks only the main file, so that file and the others come with methods of their own.
struct Methods {
  sqlite3_io_methods real;
  sqlite3_io_methods failing;
};
inline Methods main_file;
inline Methods other_file;

inline int due(const std::atomic<int>& failure) {
  const int code = failure.load();
  if (code == SQLITE_OK || calls_before_failure.load() <= 0) return code;
  --calls_before_failure;
  return SQLITE_OK;
}

template <Methods& methods>
int failing_write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const int failure = due(write_failure);
  return failure != SQLITE_OK ? failure : methods.real.xWrite(file, data, size, offset);
}

template <Methods& methods>
int failing_sync(sqlite3_file* file, int flags) {
  const int failure = due(sync_failure);
  return failure != SQLITE_OK ? failure : methods.real.xSync(file, flags);
}

template <Methods& methods>
void make_failing(sqlite3_file* file) {
  methods.real = *file->pMethods;
  methods.failing = methods.real;
  methods.failing.xWrite = failing_write<methods>;
  methods.failing.xSync = failing_sync<methods>;
  file->pMethods = &methods.failing;
}

inline int open_failing(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
  const int code = real->xOpen(real, name, file, flags, out_flags);
  if (code != SQLITE_OK || file->pMethods == nullptr) return code;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
    make_failing<main_file>(file);
  } else {
    make_failing<other_file>(file);
  }
  return code;
}

}  // namespace failing

class FailingFiles {
 public:
  FailingFiles() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "failing";
    vfs_.pAppData = real_;
    vfs_.xOpen = failing::open_failing;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~FailingFiles() {
    work();
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
  }
  FailingFiles(const FailingFiles&) = delete;
  FailingFiles& operator=(const FailingFiles&) = delete;

  static void work() {
    write_failure = SQLITE_OK;
    sync_failure = SQLITE_OK;
    calls_before_failure = 0;
  }

 private:
  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
};

}  // namespace pointsman::test
