#include "hashcheck/make_digest.h"

#include "app/process.h"
#include "base/escape.h"
#include "digest/sums.h"
#include "hashcheck/evidence.h"
#include "hashcheck/report.h"
#include "io/new_file.h"

namespace etcdf::hashcheck {
namespace {

using app::ExitCode;

// The hashes are those at the revision that the member is at. Its keys are not counted: that would
// take as long as all else, and sums of the same ranges say more than equal numbers.
std::vector<uint8_t> DigestOf(Member& member) {
  const auto hashes = mvcc::HashContentAndKv(
      member.Store(), {.revision = member.status.CurrentRevision()}, mvcc::Keys::kUncounted);
  if (hashes.content.is_whole) member.hash = hashes.content.hash;
  if (hashes.kv && hashes.kv->is_whole) member.hash_kv = *hashes.kv;
  digest::Digest digest{
      .facts = member.Facts(), .database = digest::SumDatabase(member.Store()), .log = {}};
  digest.facts.keys.reset();
  if (member.log) digest.log = digest::SumLog(*member.log);
  ReportFaults(member);
  digest.facts.is_damaged = app::ExitCodeFor(member.findings) != ExitCode::kSound;
  return digest::Encode(digest);
}

}  // namespace

ExitCode MakeDigest(const DigestOptions& options, output::Sink& out, output::Sink& err) {
  auto file = io::NewFile::Create(options.out);  // first, as reading may take long
  if (!file) return Failed(file.error(), err);
  const auto member = OpenMember(options.member, {});
  if (!member->readable()) return Failed(*member->unreadable, err);
  if (!member->has_database()) {
    return Failed({.code = ErrorCode::kWrongKind,
                   .what = "a digest is made of files with a database",
                   .subject = options.member.path},
                  err);
  }
  const std::vector<uint8_t> bytes = DigestOf(*member);
  ShowFindings(*member, options.quiet, out, err);
  if (app::Interrupted()) return ExitCode::kInterrupted;
  auto written = file->Append(bytes);
  if (written) written = file->Commit();
  if (!written) return Failed(written.error(), err);
  out.Write("The digest of " + Printable(member->name) + " is in " + Printable(options.out) + ", " +
            std::to_string(bytes.size()) + " bytes\n");
  return app::ExitCodeFor(member->findings);
}

}  // namespace etcdf::hashcheck
