// Objects as files of YAML, in folders that `kubectl apply -R -f` takes:
// NAMESPACE/RESOURCE/NAME.yaml, and _cluster/RESOURCE/NAME.yaml for what has no namespace.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "dump-db/selection.h"
#include "dump-db/verbs.h"
#include "objects/decoder.h"

namespace etcdf::dump_db {

class Manifests {
 public:
  struct Counts {
    uint64_t objects = 0;
    uint64_t no_objects = 0;  // other programs' keys, which are no manifests
    uint64_t not_opened = 0;  // encrypted
    uint64_t owner_references = 0;
  };

  // All must outlive it; `path` is the folder to make.
  Manifests(const VerbContext& context, const objects::Tools& tools, const std::string& path)
      : context_(context), tools_(tools), path_(path) {}

  // Errors: kIo.
  Result<void> Begin();
  Result<void> Write(const SelectedRow& selected);

  const Counts& counts() const { return counts_; }
  // What is not in the files.
  std::string RestText() const;

 private:
  void FindOwners();
  Result<std::string> PathOf(const SelectedRow& selected);

  const VerbContext& context_;
  const objects::Tools& tools_;
  std::string path_;
  Counts counts_;
  // Fingerprints of the uids of what is there in the newest state.
  std::unordered_set<uint64_t> owners_;
};

// What may have another meaning in a path as %2f; the end of a name that is too long for a file's
// as ~ and its fingerprint.
std::string PathPart(std::string_view text);

}  // namespace etcdf::dump_db
