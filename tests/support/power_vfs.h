// SQLite's file layer, which tells the power model (power_model.h) of all that is written, made and removed: every
// database opened while a PowerVfs lives goes through it.
//
// For tests; one at a time. Syncs are passed on: SQLite asks the C library for them, for files and folders, and there
// the test program tells the model.
#pragma once

#include <sqlite3.h>

#include <cstring>

#include "support/power_model.h"

namespace pointsman::test {

namespace power {

// SQLite locks only the main file, so that file and the others come with methods of their own.
struct Methods {
  sqlite3_io_methods real;
  sqlite3_io_methods told;
};
inline Methods main_file;
inline Methods other_file;
inline int real_size = 0;

// The file's name, which SQLite keeps as long as the file is open, stands behind the real layer's own object.
inline const char*& name_of(sqlite3_file* file) {
  return *reinterpret_cast<const char**>(reinterpret_cast<char*>(file) + real_size);
}

inline PowerModel* model_of(const char* name) {
  PowerModel* model = PowerModel::active();
  return name != nullptr && model != nullptr && model->concerns(name) ? model : nullptr;
}

template <Methods& methods>
int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  const char* name = name_of(file);
  if (PowerModel* model = model_of(name)) {
    const std::string bytes(static_cast<const char*>(data), static_cast<std::size_t>(size));
    if (!model->changed(name, static_cast<std::uint64_t>(offset), bytes)) return SQLITE_IOERR_WRITE;
  }
  return methods.real.xWrite(file, data, size, offset);
}

template <Methods& methods>
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  const char* name = name_of(file);
  if (PowerModel* model = model_of(name)) {
    if (!model->truncated(name, static_cast<std::uint64_t>(size))) return SQLITE_IOERR_TRUNCATE;
  }
  return methods.real.xTruncate(file, size);
}

template <Methods& methods>
void tell(sqlite3_file* file) {
  methods.real = *file->pMethods;
  methods.told = methods.real;
  methods.told.xWrite = write<methods>;
  methods.told.xTruncate = truncate<methods>;
  file->pMethods = &methods.told;
}

inline int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
  name_of(file) = name;
  if (PowerModel* model = model_of(name); model != nullptr && (flags & SQLITE_OPEN_CREATE) != 0) {
    int exists = 0;
    real->xAccess(real, name, SQLITE_ACCESS_EXISTS, &exists);
    if (exists == 0 && !model->made(name)) return SQLITE_CANTOPEN;
  }
  const int code = real->xOpen(real, name, file, flags, out_flags);
  if (code != SQLITE_OK || file->pMethods == nullptr) return code;
  if ((flags & SQLITE_OPEN_MAIN_DB) != 0) {
    tell<main_file>(file);
  } else {
    tell<other_file>(file);
  }
  return code;
}

inline int remove(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  auto* real = static_cast<sqlite3_vfs*>(vfs->pAppData);
  PowerModel* model = model_of(name);
  if (model != nullptr && !model->removed(name)) return SQLITE_IOERR_DELETE;
  return real->xDelete(real, name, sync_folder);
}

}  // namespace power

class PowerVfs {
 public:
  PowerVfs() {
    real_ = sqlite3_vfs_find(nullptr);
    vfs_ = *real_;
    vfs_.zName = "power";
    vfs_.pAppData = real_;
    power::real_size = (real_->szOsFile + 15) & ~15;
    vfs_.szOsFile = power::real_size + static_cast<int>(sizeof(const char*));
    vfs_.xOpen = power::open;
    vfs_.xDelete = power::remove;
    sqlite3_vfs_register(&vfs_, 1);
  }
  ~PowerVfs() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(real_, 1);
  }
  PowerVfs(const PowerVfs&) = delete;
  PowerVfs& operator=(const PowerVfs&) = delete;

 private:
  sqlite3_vfs* real_ = nullptr;
  sqlite3_vfs vfs_{};
};

}  // namespace pointsman::test
