#include "snapfile/snap_file.h"

#include "checksum/crc32c.h"

namespace etcdf::snapfile {
namespace {

constexpr char kConsequence[] = "etcd passes over this snapshot and looks for an older one";

// Takes `mapped` if it is usable.
std::optional<SnapFile> Decode(const io::SnapFile& file, io::MappedFile& mapped,
                               FindingSink& findings) {
  const Bytes bytes = mapped.bytes();
  const auto unusable = [&](const FindingKind& kind, std::string what) {
    findings.Report({.kind = kind,
                     .file = file.path,
                     .offset = 0,
                     .length = bytes.size(),
                     .what = std::move(what),
                     .consequence = kConsequence});
    return std::nullopt;
  };
  if (bytes.empty()) return unusable(kEmpty, "the file is empty");
  const auto envelope = wire::DecodeSnapEnvelope(bytes);
  if (!envelope) return unusable(kUndecodable, "the file is no snapshot envelope (crc, data)");
  if (envelope->data.empty() || envelope->crc == 0) {
    return unusable(kEmpty, envelope->data.empty() ? "the envelope holds no data"
                                                   : "the envelope's crc is 0, which etcd refuses");
  }
  const uint32_t computed = Crc32cExtend(0, envelope->data);
  if (computed != envelope->crc) {
    findings.Report({.kind = kCrcMismatch,
                     .file = file.path,
                     .offset = static_cast<uint64_t>(envelope->data.data() - bytes.data()),
                     .length = envelope->data.size(),
                     .what = "the data do not match their checksum (stored " +
                             std::to_string(envelope->crc) + ", computed " +
                             std::to_string(computed) + ")",
                     .consequence = kConsequence,
                     .figures = {{"stored_crc", envelope->crc}, {"computed_crc", computed}}});
    return std::nullopt;
  }
  auto snapshot = wire::DecodeRaftSnapshot(envelope->data);
  if (!snapshot) return unusable(kUndecodable, "the envelope's data are no raft snapshot");
  if (snapshot->index != file.name.index || snapshot->term != file.name.term) {
    findings.Report({.kind = kNameMismatch,
                     .file = file.path,
                     .what = "the file holds the snapshot of index " +
                             std::to_string(snapshot->index) + ", term " +
                             std::to_string(snapshot->term) + ", and its name says otherwise",
                     .consequence = "somebody renamed it; etcd does not look"});
  }
  return SnapFile{.path = file.path,
                  .size_bytes = bytes.size(),
                  .crc = envelope->crc,
                  .snapshot = *std::move(snapshot),
                  .file = std::move(mapped)};
}

}  // namespace

Result<std::optional<SnapFile>> ReadSnapFile(const io::SnapFile& file, FindingSink& findings) {
  auto mapped = io::MappedFile::Open(file.path, file.content);
  if (!mapped) return Fail(mapped.error());
  auto snap = Decode(file, *mapped, findings);
  if (const auto fault = (snap ? snap->file : *mapped).Fault()) findings.Report(*fault);
  return snap;
}

}  // namespace etcdf::snapfile
