// The verb encryption: which values are stored in clear text, and under which key the others are.
#include <mutex>
#include <string>

#include "base/counted.h"
#include "base/escape.h"
#include "dump-db/object_lines.h"
#include "dump-db/store.h"
#include "encryption/use.h"
#include "kubernetes/key.h"
#include "mvcc/live_rows.h"
#include "mvcc/parallel_scan.h"
#include "mvcc/schema.h"
#include "mvcc/status.h"
#include "objects/findings.h"
#include "output/json_writer.h"
#include "output/table.h"

namespace etcdf::dump_db {
namespace {

using encryption::Provider;
using encryption::Use;

constexpr FindingKind kClearTextLive{"encryption.clear_text_live", Severity::kSuspect};
constexpr FindingKind kClearTextHistory{"encryption.clear_text_history", Severity::kNote};
constexpr FindingKind kRetiredKey{"encryption.retired_key", Severity::kSuspect};
constexpr FindingKind kRetiredKeyHistory{"encryption.retired_key_history", Severity::kNote};

// The apiVersion of a value whose key does not name its group; only where it matters.
std::string ApiVersionOf(const kubernetes::ObjectKey& key, kubernetes::ObjectReader& reader,
                         Bytes value) {
  const bool has_group = !key.api_group.empty();
  if (has_group || kubernetes::ResourceName(key) != key.resource) return {};
  if (!reader.Read(value, kubernetes::Extent::kMetadata)) return {};
  return std::string(kubernetes::SummaryOf(reader.document()).api_version);
}

class UseReader {
 public:
  UseReader(const objects::Tools& tools, encryption::UseTally& tally)
      : opener_(tools.config()), tally_(tally) {}

  void Take(const mvcc::KeyRow& row, bool is_live) {
    const auto opened = opener_.Open(row.kv.key, row.kv.value);
    const bool is_kubernetes =
        opened.sealed || kubernetes::MediaOf(row.kv.value) == kubernetes::Media::kProtobuf;
    const auto key = kubernetes::ParseKey(
        AsText(row.kv.key), is_kubernetes ? kubernetes::Prefix::kAny : kubernetes::Prefix::kUsual);
    if (!key && !opened.sealed) return;
    const kubernetes::ObjectKey of = key.value_or(kubernetes::ObjectKey{});
    tally_.Add({.resource = kubernetes::ResourceName(of, ApiVersionOf(of, reader_, opened.value)),
                .key = AsText(row.kv.key),
                .revision = row.at.revision.main,
                .is_live = is_live},
               opened);
  }

 private:
  encryption::Opener opener_;
  kubernetes::ObjectReader reader_;
  encryption::UseTally& tally_;
};

encryption::UseTally TallyUses(const VerbContext& context, const objects::Tools& tools) {
  encryption::UseTally all;
  const mvcc::Store store = StoreOf(context);
  const auto bucket = store.database.Open(AsBytes(mvcc::kKeyBucket));
  if (!bucket) return all;
  const mvcc::LiveRows live = mvcc::FindLiveRows(store, std::numeric_limits<int64_t>::max());
  mvcc::UnheardFindings unheard;  // whoever found the live rows has reported
  std::mutex mutex;
  mvcc::ForEachPart(*bucket, unheard, [&](mvcc::PartScan& part) {
    encryption::UseTally tally;
    UseReader reader(tools, tally);
    uint64_t index = 0;
    for (auto rows = part.Next(); !rows.empty(); rows = part.Next()) {
      for (const backend::Row& each : rows) {
        const bool is_live = live.Holds(part.ordinal(), index++);
        const auto row = mvcc::DecodeKeyRow(each, store.file, unheard);
        if (row && !row->at.tombstone) reader.Take(*row, is_live);
      }
    }
    const std::scoped_lock lock(mutex);
    all.Merge(tally);
  });
  return all;
}

// "with secretbox key key3", "in clear text".
std::string StoredAs(Provider provider, std::string_view key_name) {
  if (provider == Provider::kIdentity) return "in clear text";
  return "with " + std::string(encryption::ProviderName(provider)) + " key " +
         PrintableKey(key_name);
}

class UseFindings {
 public:
  UseFindings(const VerbContext& context, const encryption::Config& config)
      : context_(context), config_(config) {}

  void Report(const Use& use) {
    if (use.expected.value_or(true)) return;
    const std::string how = StoredAs(use.provider, use.key_name);
    const bool is_clear = use.provider == Provider::kIdentity;
    // Whether a key management service opens its own is not known here.
    const bool may_open = use.provider == Provider::kKms && config_.Has(use.provider, use.key_name);
    if (use.live_closed > 0 && !may_open) {
      Say(objects::kCannotOpen, use.live_closed, use.live_example.key, "live", use.resource, how,
          "no key of the configuration opens them: an API server with it does not become ready");
    } else if (use.live > 0) {
      Say(is_clear ? kClearTextLive : kRetiredKey, use.live, use.live_example.key, "live",
          use.resource, how, "new values are stored " + Writes(use.resource));
    }
    const uint64_t old = use.history - use.live;
    if (old == 0) return;
    Say(is_clear ? kClearTextHistory : kRetiredKeyHistory, old, use.history_example.key, "old",
        use.resource, how, "they stay in this file until they are compacted and overwritten");
  }

 private:
  std::string Writes(const std::string& resource) const {
    const encryption::Rule* const rule = config_.RuleFor(resource);
    if (rule == nullptr) return StoredAs(Provider::kIdentity, {});
    const encryption::WritesWith writes = encryption::WritingKey(*rule);
    return StoredAs(writes.provider, writes.key_name);
  }

  void Say(FindingKind kind, uint64_t count, const std::string& example, const char* age,
           const std::string& resource, const std::string& how, std::string consequence) {
    context_.findings.Report({.kind = kind,
                              .file = context_.evidence.path,
                              .what = Counted(count, (std::string(age) + " value").c_str(),
                                              (std::string(age) + " values").c_str()) +
                                      " of " + PrintableKey(resource) +
                                      (count == 1 ? " is" : " are") + " stored " + how +
                                      ", such as " + PrintableKey(example),
                              .consequence = std::move(consequence),
                              .figures = {{"count", count}}});
  }

  const VerbContext& context_;
  const encryption::Config& config_;
};

void AppendJson(std::string& text, const Use& use) {
  output::JsonWriter json(text);
  json.BeginObject();
  json.Text("resource", use.resource);
  json.Text("provider", encryption::ProviderName(use.provider));
  json.Name("provider_key");
  use.key_name.empty() ? json.Null() : json.Text(use.key_name);
  json.Uint("live", use.live);
  json.Uint("history", use.history);
  json.Uint("not_opened", use.history_closed);
  json.Int("first_revision", use.revision_first);
  json.Int("last_revision", use.revision_last);
  json.Name("expected");
  use.expected ? json.Bool(*use.expected) : json.Null();
  json.EndObject();
  json.EndLine();
}

void AppendTable(std::string& text, const std::vector<Use>& uses) {
  using output::Align;
  output::Table table({{"RESOURCE"},
                       {"PROVIDER"},
                       {"KEY"},
                       {"LIVE", Align::kRight},
                       {"HISTORY", Align::kRight},
                       {"FIRST", Align::kRight},
                       {"LAST", Align::kRight},
                       {"EXPECTED"}});
  for (const Use& use : uses) {
    table.AddRow({PrintableKey(use.resource), std::string(encryption::ProviderName(use.provider)),
                  use.key_name.empty() ? "-" : PrintableKey(use.key_name), std::to_string(use.live),
                  std::to_string(use.history), std::to_string(use.revision_first),
                  std::to_string(use.revision_last),
                  !use.expected   ? "?"
                  : *use.expected ? "yes"
                                  : "NO"});
  }
  table.Append(text);
}

}  // namespace

Result<void> Encryption(const VerbContext& context) {
  const auto tools = objects::Tools::Load(DecoderOptionsOf(context.options));
  if (!tools) return Fail(tools.error());
  const std::vector<Use> uses = TallyUses(context, *tools).Finish(tools->config());
  std::string text;
  if (context.options.format == Format::kJson) {
    for (const Use& use : uses) AppendJson(text, use);
  } else {
    AppendTable(text, uses);
  }
  context.out.Write(text);
  if (tools->config() == nullptr) return {};
  UseFindings findings(context, *tools->config());
  for (const Use& use : uses) findings.Report(use);
  return {};
}

}  // namespace etcdf::dump_db
