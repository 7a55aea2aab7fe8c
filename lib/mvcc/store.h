// What every question to the store starts from: the database, its name in messages, and where
// damage is reported.
#pragma once

#include <string>

#include "backend/backend.h"
#include "base/finding.h"

namespace etcdf::mvcc {

// Borrows all three. The functions that take a Store may use several threads; the sink is called
// from the caller's thread only.
struct Store {
  const backend::Database& database;
  const std::string& file;  // path, as findings name it
  FindingSink& findings;
};

}  // namespace etcdf::mvcc
