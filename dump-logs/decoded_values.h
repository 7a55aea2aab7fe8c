// --decode-values: the objects of Kubernetes that an entry puts.
#pragma once

#include <string>

#include "base/finding.h"
#include "dump-logs/options.h"
#include "objects/decoder.h"
#include "output/json_writer.h"
#include "raft/message.h"

namespace etcdf::dump_logs {

// What the options say of decoding.
objects::DecoderOptions DecoderOptionsOf(const Options& options);

// Decodes in one thread.
class DecodedValues {
 public:
  // All must outlive it. `file`: the log, as findings name it.
  DecodedValues(const objects::Tools& tools, const std::string& file, FindingSink& findings)
      : decoder_(tools, file, findings) {}

  // Whether the request puts a value whose bytes are not to be shown.
  bool HoldsSecret(raft::MessageView request);
  // A line for each object: a tab, its key and the object as JSON.
  void AppendText(std::string& out, raft::MessageView request);
  // "objects":[{"key","media",...,"object":{...}},...]; nothing where there are none.
  void WriteJson(output::JsonWriter& json, raft::MessageView request);

 private:
  objects::Decoder decoder_;
};

}  // namespace etcdf::dump_logs
