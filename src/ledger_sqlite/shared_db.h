// A small database beside the ledger that several processes read and write: learning.db, access.db.
//
// One file in the ledger's directory (mode 0600; the directory 0700 if it had to be made). Each store has its own
// connection and belongs to one thread at a time; any number of processes may work on the file at once, each waiting up
// to five seconds for another's transaction. A transaction that returned survives a power cut. After an error that
// leaves the file in doubt (a failed fsync among them) a connection refuses to write: open it again.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "ledger_sqlite/database.h"

namespace pointsman::ledger_sqlite {

// Which file, and its tables: migrations[i] leads from version i to i + 1. Lives as long as the program.
struct SharedFile {
  const char* name;
  std::span<const char* const> migrations;
};

class SharedDb {
 public:
  // kReadWriteCreate makes what is missing and brings an older file up to date; kReadOnly fails with kNotFound where
  // there is no file. kUnsupported if a newer program made it.
  static base::Result<SharedDb> open(const SharedFile& file, const std::string& directory, OpenMode mode);

  Database& database() { return database_; }
  const std::string& directory() const { return directory_; }

  // Runs `body` in one transaction that has the write lock from its first statement: all of it happens, or nothing.
  base::Result<void> write(const std::function<base::Result<void>()>& body);
  // See the function of that name.
  base::Result<void> overwrite_removed();

 private:
  SharedDb(Database database, std::string directory, const char* name)
      : database_(std::move(database)), directory_(std::move(directory)), name_(name) {}

  Database database_;
  std::string directory_;
  const char* name_;
  bool distrusted_ = false;
};

// Leaves no byte of what was removed before in the database's files.
//
// SQLite's secure_delete is not enough: when a page of the tree is split or merged, bytes of rows that moved to another
// page stay behind in the unused part of the first one, and a later removal does not find them. So the file is built
// anew and the write-ahead log emptied. Other writers wait meanwhile (a gateway's entries stay in its journals). Takes
// as long as copying the file, needs its size again on the disk, and has to be done again if it fails.
base::Result<void> overwrite_removed(Database& database);

}  // namespace pointsman::ledger_sqlite
