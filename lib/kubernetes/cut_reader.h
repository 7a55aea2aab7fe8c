// A message that may end before its end: read field by field as wire::Reader does, and of the field
// that reaches beyond the end as much as is there.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "wire/reader.h"

namespace etcdf::kubernetes {

class CutReader {
 public:
  explicit CutReader(Bytes message) : message_(message), reader_(message) {}

  // False at the end of the message, or of what can be read of it.
  bool Next(wire::Field& field) {
    if (is_over_) return false;
    if (reader_.Next(field)) {
      good_ = reader_.offset();
      return true;
    }
    is_over_ = true;
    return !reader_.ok() && NextCut(field);
  }

  // The message is whole.
  bool ok() const { return reader_.ok(); }
  // Where it breaks: the begin of the first field that is not whole.
  size_t broken_at() const { return good_; }
  // What could not be read; empty if the message is whole, or cut within a text or a message.
  Bytes rest() const { return ok() || is_cut_ ? Bytes() : message_.subspan(good_); }

 private:
  bool NextCut(wire::Field& field);

  Bytes message_;
  wire::Reader reader_;
  size_t good_ = 0;
  bool is_over_ = false;
  bool is_cut_ = false;
};

}  // namespace etcdf::kubernetes
