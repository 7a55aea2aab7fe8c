// A new file as something to print to.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "io/new_file.h"
#include "output/sink.h"

namespace etcdf::dump_db {

class NewFileSink : public output::Sink {
 public:
  // Errors: as io::NewFile::Create.
  static Result<NewFileSink> Create(const std::string& path) {
    auto file = io::NewFile::Create(path);
    if (!file) return Fail(std::move(file).error());
    return NewFileSink(*std::move(file));
  }

  bool Write(std::string_view text) override {
    if (written_) written_ = file_.Append(AsBytes(text));
    return written_.has_value();
  }

  // Whether everything has been written; then the file gets its name.
  Result<void> Commit() { return written_ ? file_.Commit() : written_; }

 private:
  explicit NewFileSink(io::NewFile file) : file_(std::move(file)) {}

  io::NewFile file_;
  Result<void> written_ = {};
};

}  // namespace etcdf::dump_db
