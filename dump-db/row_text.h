// How a row of a bucket prints: as etcd-dump-db 3.6.9 prints it (tools/etcd-dump-db/backend.go), as
// JSON, as CSV.
//
// Upstream panics on a row that it cannot decode, and has no decoder for some buckets. Here such a
// row prints as its bytes, with a finding, and alarms decode too. What upstream never prints, a
// user's password hash, JSON shows as describe::WriteJson does.
#pragma once

#include <string>
#include <string_view>

#include "backend/backend.h"
#include "base/finding.h"
#include "dump-db/options.h"
#include "mvcc/key_row.h"
#include "output/json_writer.h"
#include "raft/message.h"

namespace etcdf::dump_db {

// A decoded row of the bucket `key`, as text without a newline:
// rev={Revision:{Main:2 Sub:0} tombstone:false}, value=[key "a" | val "1" | created 2 | ...]
void AppendKeyRowText(std::string& out, const mvcc::KeyRow& row, const output::ValueFormat& values);
// The same as members of an object, which the caller has begun.
void WriteKeyRowJson(output::JsonWriter& json, const mvcc::KeyRow& row,
                     const output::ValueFormat& values);
// The same as cells, and their titles; neither with a newline.
inline constexpr std::string_view kKeyRowCsvTitles =
    "revision,sub,tombstone,key,create_revision,mod_revision,version,lease,value";
void AppendKeyRowCsv(std::string& out, const mvcc::KeyRow& row, const output::ValueFormat& values);

// Prints the rows of one bucket, in one thread.
class RowPrinter {
 public:
  // `file` names the database in findings. All arguments must outlive the printer.
  RowPrinter(std::string_view bucket, const Options& options, std::string_view file,
             FindingSink& findings);

  // What stands above the rows: with CSV the titles, else nothing.
  static std::string Header(std::string_view bucket, const Options& options);

  // Appends the row, with its newline.
  void Append(std::string& out, const backend::Row& row);

 private:
  void AppendBucket(std::string& out, const backend::Row& row) const;
  void AppendBytesOf(std::string& out, const backend::Row& row) const;
  void AppendDecoded(std::string& out, const backend::Row& row);
  void AppendKeyRow(std::string& out, const mvcc::KeyRow& row) const;
  const char* FaultOf(const backend::Row& row);
  void AppendOtherText(std::string& out, const backend::Row& row) const;
  void AppendPlainValue(std::string& out, const backend::Row& row,
                        void (*quote)(std::string&, Bytes)) const;
  void AppendOtherJson(std::string& out, const backend::Row& row) const;
  void AppendOtherCsv(std::string& out, const backend::Row& row) const;
  void ReportFault(const backend::Row& row, const char* fault) const;

  std::string_view bucket_;
  const Options& options_;
  std::string_view file_;
  FindingSink& findings_;
  raft::Message message_;  // reused from row to row
};

}  // namespace etcdf::dump_db
