#include "dump-db/manifests.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/counted.h"
#include "base/escape.h"
#include "checksum/fingerprint.h"
#include "dump-db/store.h"
#include "io/new_file.h"
#include "kubernetes/manifest.h"
#include "kubernetes/print.h"
#include "mvcc/live_rows.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "objects/filter.h"

namespace etcdf::dump_db {
namespace {

Result<void> MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0777) == 0 || errno == EEXIST) return {};
  return FailErrno("cannot make the folder", path);
}

bool Exists(const std::string& path) {
  struct stat state {};
  return lstat(path.c_str(), &state) == 0;
}

}  // namespace

std::string PathPart(std::string_view text) {
  std::string name;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || c == '_' || c == '-' ||
                          (c == '.' && !name.empty());
    name += is_plain ? std::string(1, c) : "%" + FixedHex(static_cast<uint8_t>(c), 2);
  }
  // With ".yaml.part" at its end, it must fit a name of 255 bytes.
  if (name.size() > 240) name = name.substr(0, 200) + "~" + FingerprintText(AsBytes(text));
  return name;
}

Result<void> Manifests::Begin() {
  if (context_.options.clean) FindOwners();
  return MakeFolder(path_);
}

// All objects of the newest state: what is filtered out may own what is not.
void Manifests::FindOwners() {
  const mvcc::Store store = StoreOf(context_);
  const auto bucket = store.database.Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) return;
  const mvcc::LiveRows live = mvcc::FindLiveRows(store, mvcc::ReadStatus(store).CurrentRevision());
  mvcc::UnheardFindings unheard;
  objects::Decoder decoder(tools_, store.file, unheard);
  const auto take = [&](mvcc::PartScan& part) {
    uint64_t index = 0;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& stored : rows) {
        if (!live.Holds(part.ordinal(), index++)) continue;
        const auto row = mvcc::DecodeKeyRow(stored, store.file, unheard);
        if (!row) continue;
        const objects::Decoded& decoded = decoder.Decode(
            {.key = row->kv.key, .value = row->kv.value}, kubernetes::Extent::kMetadata);
        const std::string_view uid = decoded.summary.uid;
        if (!uid.empty()) owners_.insert(Fingerprint(AsBytes(uid)));
      }
    }
  };
  mvcc::ForEachPart(*bucket, unheard, take, mvcc::Cores::kOne);
}

Result<void> Manifests::Write(const SelectedRow& selected) {
  if (!selected.decoded.is_open()) {
    ++counts_.not_opened;
    return {};
  }
  if (selected.decoded.document == nullptr || !selected.decoded.is_kubernetes()) {
    ++counts_.no_objects;
    return {};
  }
  const auto path = PathOf(selected);
  if (!path) return Fail(path.error());
  kubernetes::Document& document = selected.decoder.document();
  if (context_.options.clean) {
    const auto is_gone = [&](std::string_view uid) {
      return !owners_.contains(Fingerprint(AsBytes(uid)));
    };
    counts_.owner_references += kubernetes::MakeManifest(document, is_gone).owner_references;
  }
  std::string text;
  kubernetes::AppendYaml(text, document.root(), selected.decoder.ids());
  auto file = io::NewFile::Create(*path);
  if (!file) return Fail(file.error());
  if (auto appended = file->Append(AsBytes(text)); !appended) return appended;
  ++counts_.objects;
  return file->Commit();
}

Result<std::string> Manifests::PathOf(const SelectedRow& selected) {
  const kubernetes::Summary& summary = selected.decoded.summary;
  const std::string_view key = AsText(selected.row.kv.key);
  std::string resource = objects::ResourceOf(key, summary.api_version);
  if (resource.empty()) resource = summary.kind;
  std::string path = path_;
  path += "/" + (summary.name_space.empty() ? "_cluster" : PathPart(summary.name_space));
  if (auto made = MakeFolder(path); !made) return Fail(made.error());
  path += "/" + PathPart(resource);
  if (auto made = MakeFolder(path); !made) return Fail(made.error());
  path += "/" + PathPart(summary.name.empty() ? key : summary.name);
  // Two keys may hold objects of one name.
  if (Exists(path + ".yaml")) path += "~" + FingerprintText(AsBytes(key));
  return path + ".yaml";
}

std::string Manifests::RestText() const {
  std::string text;
  if (context_.options.clean) {
    text += "  dropped: status, managedFields, resourceVersion, uid";
    if (counts_.owner_references > 0) {
      text += "; " + Counted(counts_.owner_references, "owner reference", "owner references") +
              " to objects that are gone";
    }
    text += "\n";
  }
  if (counts_.no_objects > 0) {
    text += "  left out: " + Counted(counts_.no_objects, "key that is", "keys that are") +
            " no object of Kubernetes\n";
  }
  if (counts_.not_opened > 0) {
    text += "  left out: " + Counted(counts_.not_opened, "encrypted value", "encrypted values") +
            ", not opened\n";
  }
  return text;
}

}  // namespace etcdf::dump_db
