// libpq, opened when the first connection to PostgreSQL is made: it brings some twenty libraries and three megabytes,
// which a gateway whose ledger is in files does not need. Members bear the names that libpq's manual has.
//
// The process owns it and never closes it. Any thread; open_libpq() waits for others who open it.
#pragma once

#include <libpq-fe.h>

#include "base/result.h"

namespace pointsman::ledger_postgres {

struct Libpq {
  decltype(&::PQclear) PQclear;
  decltype(&::PQcmdTuples) PQcmdTuples;
  decltype(&::PQconnectPoll) PQconnectPoll;
  decltype(&::PQconnectStartParams) PQconnectStartParams;
  decltype(&::PQconsumeInput) PQconsumeInput;
  decltype(&::PQenterPipelineMode) PQenterPipelineMode;
  decltype(&::PQerrorMessage) PQerrorMessage;
  decltype(&::PQexitPipelineMode) PQexitPipelineMode;
  decltype(&::PQfinish) PQfinish;
  decltype(&::PQflush) PQflush;
  decltype(&::PQfreemem) PQfreemem;
  decltype(&::PQgetResult) PQgetResult;
  decltype(&::PQgetisnull) PQgetisnull;
  decltype(&::PQgetlength) PQgetlength;
  decltype(&::PQgetvalue) PQgetvalue;
  decltype(&::PQisBusy) PQisBusy;
  decltype(&::PQnfields) PQnfields;
  decltype(&::PQnotifies) PQnotifies;
  decltype(&::PQntuples) PQntuples;
  decltype(&::PQpipelineSync) PQpipelineSync;
  decltype(&::PQresultErrorField) PQresultErrorField;
  decltype(&::PQresultStatus) PQresultStatus;
  decltype(&::PQsendQueryParams) PQsendQueryParams;
  decltype(&::PQsetNoticeReceiver) PQsetNoticeReceiver;
  decltype(&::PQsetnonblocking) PQsetnonblocking;
  decltype(&::PQsocket) PQsocket;
  decltype(&::PQstatus) PQstatus;
};

// kUnsupported: it is not installed, or too old for pipelines (before 14); the message says what to install.
base::Result<void> open_libpq();
// The same of another file: what open_libpq() says where there is none, for tests.
base::Result<Libpq> open_libpq_at(const char* file);

// Only once open_libpq() has succeeded: whoever holds a connection, or an answer of one, may call it.
const Libpq& libpq();

}  // namespace pointsman::ledger_postgres
