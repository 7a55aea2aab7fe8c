// Rows of bucket `key` as objects: a line of a table, of JSON, a YAML document or a name for each.
#pragma once

#include <string>

#include "base/finding.h"
#include "dump-db/options.h"
#include "dump-db/verbs.h"
#include "mvcc/key_row.h"
#include "objects/decoder.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {

// What the options say of decoding.
objects::DecoderOptions DecoderOptionsOf(const Options& options);

// Prints rows in one thread; those that the filters of the options do not want it leaves out.
class ObjectLines {
 public:
  // All must outlive it.
  ObjectLines(const VerbContext& context, const objects::Tools& tools, FindingSink& findings)
      : options_(context.options), decoder_(tools, context.evidence.path, findings) {}
  // One of several that work at once.
  ObjectLines(const VerbContext& context, const objects::Tools& tools, objects::HeldFindings& held)
      : options_(context.options), decoder_(tools, context.evidence.path, held) {}

  // What stands above the first row.
  static std::string Header(Format format);

  void Append(std::string& out, const mvcc::KeyRow& row);

 private:
  static kubernetes::Extent ExtentFor(const Options& options);
  void AppendTable(std::string& out, const mvcc::KeyRow& row, const objects::Decoded& decoded);
  void AppendJson(std::string& out, const mvcc::KeyRow& row, const objects::Decoded& decoded) const;
  void AppendYaml(std::string& out, const mvcc::KeyRow& row, const objects::Decoded& decoded) const;
  void AppendName(std::string& out, const mvcc::KeyRow& row, const objects::Decoded& decoded) const;

  const Options& options_;
  objects::Decoder decoder_;
};

// Rows as the verbs get, history and keys print them, what is an object of Kubernetes decoded, too.
class RowLines {
 public:
  // All must outlive it.
  RowLines(const VerbContext& context, const objects::Tools& tools)
      : options_(context.options), decoder_(tools, context.evidence.path, context.findings) {}

  // As WriteKeyRowJson, then "object"; the bytes of a Secret are closed.
  void WriteJson(output::JsonWriter& json, const mvcc::KeyRow& row);
  // "object" alone, where there is one.
  void WriteObject(output::JsonWriter& json, const mvcc::KeyRow& row);
  // A YAML document, or, if the row is no object, a comment with its bytes.
  void AppendYaml(std::string& out, const mvcc::KeyRow& row);

 private:
  const objects::Decoded& Decode(const mvcc::KeyRow& row);

  const Options& options_;
  objects::Decoder decoder_;
};

}  // namespace etcdf::dump_db
