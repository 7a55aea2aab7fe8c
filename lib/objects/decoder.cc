#include "objects/decoder.h"

#include <algorithm>
#include <utility>

#include "base/counted.h"
#include "base/escape.h"
#include "io/mapped_file.h"
#include "kubernetes/key.h"
#include "objects/findings.h"

namespace etcdf::objects {
namespace {

using encryption::Opening;

std::string Where(const StoredValue& stored) {
  std::string key = PrintableKey(AsText(stored.key));
  if (stored.mod_revision == 0) return key;
  return key + " at revision " + std::to_string(stored.mod_revision);
}

// What a configuration lacks, for people.
std::string WhyClosed(Opening opening) {
  switch (opening) {
    case Opening::kNoConfig: return "no --encryption-config is given";
    case Opening::kNoKey: return "the configuration does not have the key";
    case Opening::kWrongKey: return "the key of that name in the configuration does not open them";
    case Opening::kKms: return "the key is with a key management service";
    default: return "";
  }
}

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) { return Lower(c); });
  return lower;
}

}  // namespace

Result<Tools> Tools::Load(const DecoderOptions& options) {
  Tools tools;
  tools.disclosure_ = options.disclosure;
  const auto read = [](const std::string& path, auto take) -> Result<void> {
    if (path.empty()) return {};
    const auto file = io::MappedFile::Open(path);
    if (!file) return Fail(file.error());
    auto taken = take(file->bytes());
    if (taken) return {};
    Error error = taken.error();
    error.subject = error.subject.empty() ? path : path + ": " + error.subject;
    return Fail(std::move(error));
  };
  const auto config = read(options.encryption_config, [&](Bytes text) -> Result<void> {
    auto parsed = encryption::Config::Parse(AsText(text));
    if (!parsed) return Fail(parsed.error());
    tools.config_ = *std::move(parsed);
    return {};
  });
  if (!config) return Fail(config.error());
  const auto descriptors =
      read(options.descriptors, [&](Bytes set) { return tools.schema_->AddDescriptors(set); });
  if (!descriptors) return Fail(descriptors.error());
  tools.ids_ = HashKey::Random();
  const auto key = read(options.redact_key, [&](Bytes secret) -> Result<void> {
    tools.ids_ = HashKey::Of(secret);
    return {};
  });
  if (!key) return Fail(key.error());
  return tools;
}

bool Tools::IsNew(std::string_view remark) const {
  const std::scoped_lock lock(said_->mutex);
  return said_->remarks.emplace(remark).second;
}

void HeldFindings::Report(Finding finding) {
  held_.push_back({.remark = std::exchange(remark_, {}), .finding = std::move(finding)});
}

bool HeldFindings::IsNew(std::string_view remark) {
  if (!remarks_.emplace(remark).second) return false;
  remark_ = remark;
  return true;
}

void HeldFindings::PassOn(const Tools& tools, FindingSink& findings) {
  for (Held& held : held_) {
    if (!held.remark.empty() && !tools.IsNew(held.remark)) continue;
    findings.Report(std::move(held.finding));
  }
  held_.clear();
}

const Decoded& Decoder::Decode(const StoredValue& stored, kubernetes::Extent extent) {
  decoded_ = {};
  const auto opened = opener_.Open(stored.key, stored.value);
  decoded_.opening = opened.opening;
  decoded_.sealed = opened.sealed;
  decoded_.is_secret = kubernetes::HoldsSecret(AsText(stored.key));
  if (decoded_.is_open() && reader_.Read(opened.value, extent)) {
    decoded_.media = reader_.media();
    if (stored.mod_revision != 0) reader_.SetResourceVersion(stored.mod_revision);
    decoded_.summary = kubernetes::SummaryOf(reader_.document());
    decoded_.is_secret = decoded_.is_secret || decoded_.summary.kind == "Secret";
    kubernetes::CloseLeaves(reader_.document(), tools_.disclosure(), decoded_.is_secret);
    decoded_.document = &reader_.document();
  }
  FillIn(stored);
  return decoded_;
}

void Decoder::Report(const StoredValue& stored) {
  if (!decoded_.is_open()) return ReportClosed(stored);
  if (decoded_.document != nullptr) ReportFlaws(stored);
}

void Decoder::FillIn(const StoredValue& stored) {
  kubernetes::Summary& summary = decoded_.summary;
  const bool is_kubernetes = decoded_.document != nullptr || decoded_.sealed.has_value();
  if (!summary.name.empty() && !summary.name_space.empty()) return;
  const auto key = kubernetes::ParseKey(
      AsText(stored.key), is_kubernetes ? kubernetes::Prefix::kAny : kubernetes::Prefix::kUsual);
  // A value that has its name says where it is; where it does not, the key does.
  if (!key || (!summary.name.empty() && summary.name != key->name)) return;
  summary.name = key->name;
  if (summary.name_space.empty()) summary.name_space = key->name_space;
}

void Decoder::ReportFlaws(const StoredValue& stored) {
  const kubernetes::Flaws& flaws = reader_.flaws();
  const auto report = [&](FindingKind kind, std::string what, std::string consequence) {
    findings_.Report({.kind = kind,
                      .file = file_,
                      .what = std::move(what),
                      .consequence = std::move(consequence)});
  };
  // JSON of other programs need not be an object of Kubernetes, but it is JSON.
  if (flaws.is_broken()) {
    report(kBrokenValue,
           "the value of " + Where(stored) + " breaks at byte " + std::to_string(flaws.broken_at),
           "what stands before is shown, the rest as bytes");
  }
  if (flaws.wrong_types > 0 && !flaws.is_broken()) {
    report(kBrokenValue,
           "the value of " + Where(stored) + " has " +
               Counted(flaws.wrong_types, "field", "fields") +
               " of another wire type than its kind",
           "an API server cannot read it; they are shown as bytes");
  }
  if (flaws.beyond_limits) {
    report(kBeyondLimits,
           "the value of " + Where(stored) + " nests too deep or has too many fields",
           "what is beyond the limits is shown as bytes");
  }
  const std::string kind =
      Printable(decoded_.summary.api_version) + " " + Printable(decoded_.summary.kind);
  if (flaws.odd_texts > 0 && IsNew("text " + kind)) {
    report(kOddText, "a text of " + Where(stored) + " is not UTF-8", "it is shown escaped");
  }
  const bool says_its_kind = !decoded_.summary.kind.empty();
  if (flaws.unknown_kind && says_its_kind && IsNew("kind " + kind)) {
    report(kUnknownKind,
           "objects of " + kind + " are stored in protobuf, and no table has the type",
           "their metadata is shown, the rest by field numbers; --k8s-descriptors adds types");
  } else if (flaws.unknown_fields > 0 && !flaws.unknown_kind && IsNew("field " + kind)) {
    report(kUnknownField, "objects of " + kind + " have fields that no table has",
           "they are shown as @ and their numbers, in base64");
  }
}

void Decoder::ReportClosed(const StoredValue& stored) {
  const encryption::Sealed& sealed = *decoded_.sealed;
  const std::string name = Printable(sealed.provider_name) + " key " + Printable(sealed.key_name);
  if (!IsNew("closed " + std::to_string(static_cast<int>(decoded_.opening)) + name)) return;
  const bool is_doubt =
      decoded_.opening == Opening::kNoKey || decoded_.opening == Opening::kWrongKey;
  findings_.Report({.kind = is_doubt ? kCannotOpen : kNotOpened,
                    .file = file_,
                    .what = "values encrypted with " + name + " are not opened, such as " +
                            Where(stored) + ": " + WhyClosed(decoded_.opening),
                    .consequence = "their keys and sizes are all that is shown"});
}

bool IsKindOf(std::string_view kind, std::string_view resource) {
  const std::string wanted = Lower(kind);
  const std::string plural = Lower(resource.substr(0, resource.find('.')));
  if (wanted == plural || wanted + "s" == plural || wanted + "es" == plural) return true;
  return wanted.ends_with('y') && wanted.substr(0, wanted.size() - 1) + "ies" == plural;
}

}  // namespace etcdf::objects
