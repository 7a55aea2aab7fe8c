// Values of keys as the objects that they are: opened with the configuration that the user gave,
// decoded, and closed to eyes that are not to see secrets.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/finding.h"
#include "base/result.h"
#include "checksum/keyed_hash.h"
#include "encryption/at_rest.h"
#include "encryption/config.h"
#include "kubernetes/object.h"
#include "kubernetes/redaction.h"
#include "kubernetes/schema.h"

namespace etcdf::objects {

// What the user gave; empty paths where nothing.
struct DecoderOptions {
  std::string encryption_config;
  std::string descriptors;  // a FileDescriptorSet
  std::string redact_key;   // a file whose content is the key of the ids of closed leaves
  kubernetes::Disclosure disclosure = kubernetes::Disclosure::kSecretsClosed;
};

// What all decoders of one run share; several threads may use it at once.
class Tools {
 public:
  // Errors: kIo and kMalformed, of the files.
  static Result<Tools> Load(const DecoderOptions& options);

  const encryption::Config* config() const { return config_ ? &*config_ : nullptr; }
  const kubernetes::Schema& schema() const { return *schema_; }
  const HashKey& ids() const { return ids_; }
  kubernetes::Disclosure disclosure() const { return disclosure_; }
  // Whether this is the first time that this is said.
  bool IsNew(std::string_view remark) const;

 private:
  struct Said {
    std::mutex mutex;
    std::set<std::string, std::less<>> remarks;
  };

  std::optional<encryption::Config> config_;
  std::unique_ptr<kubernetes::Schema> schema_ = std::make_unique<kubernetes::Schema>();
  HashKey ids_;
  kubernetes::Disclosure disclosure_ = kubernetes::Disclosure::kSecretsClosed;
  std::unique_ptr<Said> said_ = std::make_unique<Said>();
};

// The findings of one of several decoders that work at once, until its turn comes: so that what is
// said once is said of the first value, however the threads ran.
class HeldFindings : public FindingSink {
 public:
  void Report(Finding finding) override;
  // As Tools::IsNew, of this decoder's values. The next finding is the remark's.
  bool IsNew(std::string_view remark);
  // Reports those of which `tools` have not been told, and forgets all.
  void PassOn(const Tools& tools, FindingSink& findings);

 private:
  struct Held {
    std::string remark;  // empty: is said each time
    Finding finding;
  };

  std::vector<Held> held_;
  std::string remark_;
  std::set<std::string, std::less<>> remarks_;
};

struct StoredValue {
  Bytes key;
  Bytes value;
  int64_t mod_revision = 0;  // 0: not known
};

// Good until the next value is decoded.
struct Decoded {
  kubernetes::Media media = kubernetes::Media::kOther;
  encryption::Opening opening = encryption::Opening::kClear;
  std::optional<encryption::Sealed> sealed = {};
  const kubernetes::Document* document = nullptr;  // null where there is no object to be read
  kubernetes::Summary summary = {};                // names that the value lacks are the key's
  bool is_secret = false;

  bool is_open() const {
    return opening == encryption::Opening::kClear || opening == encryption::Opening::kOpened;
  }
  // Kubernetes stores it: JSON of other programs may lack apiVersion and kind.
  bool is_kubernetes() const {
    const bool says_its_kind = !summary.kind.empty() && !summary.api_version.empty();
    return sealed || (document != nullptr && (media != kubernetes::Media::kJson || says_its_kind));
  }
  encryption::Provider provider() const {
    return sealed ? sealed->provider : encryption::Provider::kIdentity;
  }
};

class Decoder {
 public:
  // `file`: as findings name the evidence. All must outlive the decoder.
  Decoder(const Tools& tools, const std::string& file, FindingSink& findings)
      : tools_(tools),
        file_(file),
        findings_(findings),
        opener_(tools.config()),
        reader_(tools.schema()) {}
  Decoder(const Tools& tools, const std::string& file, HeldFindings& held)
      : Decoder(tools, file, static_cast<FindingSink&>(held)) {
    held_ = &held;
  }

  const Decoded& Decode(const StoredValue& stored, kubernetes::Extent extent);
  // Reports what was odd about the value that was decoded last; what is the same of many, once.
  void Report(const StoredValue& stored);

  // Of the value that was decoded last, for who writes it otherwise.
  kubernetes::Document& document() { return reader_.document(); }

  const HashKey& ids() const { return tools_.ids(); }
  // Whether the bytes of the value that was decoded last may be shown as they are.
  bool MayShowBytes() const {
    return tools_.disclosure() == kubernetes::Disclosure::kOpen ||
           (tools_.disclosure() == kubernetes::Disclosure::kSecretsClosed && !decoded_.is_secret);
  }

 private:
  bool IsNew(std::string_view remark) {
    return held_ != nullptr ? held_->IsNew(remark) : tools_.IsNew(remark);
  }
  void FillIn(const StoredValue& stored);
  void ReportFlaws(const StoredValue& stored);
  void ReportClosed(const StoredValue& stored);

  const Tools& tools_;
  const std::string& file_;
  FindingSink& findings_;
  HeldFindings* held_ = nullptr;  // the same, if it is one
  encryption::Opener opener_;
  kubernetes::ObjectReader reader_;
  Decoded decoded_;
};

// Whether the kind, as `--kind` takes it ("Pod", "pods", "deployment"), is that of the resource
// ("pods", "deployments.apps").
bool IsKindOf(std::string_view kind, std::string_view resource);

}  // namespace etcdf::objects
