#include "dump-logs/entry_layout.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/escape.h"
#include "describe/entry.h"
#include "describe/go_text.h"
#include "output/csv.h"
#include "output/json_writer.h"
#include "raft/key_range.h"
#include "raft/request_id.h"

namespace etcdf::dump_logs {
namespace {

void AppendNumber(std::string& out, uint64_t value, size_t width = 0) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const auto length = static_cast<size_t>(end - digits);
  if (length < width) out.append(width - length, ' ');
  out.append(digits, length);
}

void AppendRevision(std::string& out, const std::optional<Effect>& effect) {
  constexpr size_t kWidth = 10;
  out += '\t';
  if (effect && effect->revision) {
    AppendNumber(out, static_cast<uint64_t>(*effect->revision), kWidth);
  } else {
    out.append(kWidth - 1, ' ');
    out += effect ? '-' : '?';
  }
}

// "lease not found"; empty if the entry was not refused, or nobody knows.
std::string_view RefusalOf(const ShownEntry& entry) {
  return entry.effect ? apply::RefusalText(entry.effect->refusal) : std::string_view();
}

void AppendEffectRemarks(std::string& out, const ShownEntry& entry) {
  if (const auto refusal = RefusalOf(entry); !refusal.empty()) {
    out += "\t[refused: ";
    out += refusal;
    out += ']';
  }
  if (entry.effect && entry.effect->refused_by_proposer) out += "\t[refused by its proposer]";
}

void AppendRemarks(std::string& out, const wal::LogEntry& entry) {
  if (entry.superseded_by) {
    out += "\t[superseded by term ";
    AppendNumber(out, *entry.superseded_by);
    out += ']';
  }
  if (entry.crc_state == wal::CrcState::kMismatch) out += "\t[crc mismatch]";
  if (entry.crc_state == wal::CrcState::kUnknown || entry.after_damage) out += "\t[after damage]";
}

// "2026-11-20T14:13:00.105Z"
std::string Rfc3339(uint64_t unix_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(static_cast<int64_t>(unix_ms))};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  std::string text;
  const auto part = [&](uint64_t value, size_t width, char behind) {
    std::string digits = std::to_string(value);
    text.append(width - std::min(width, digits.size()), '0');
    text += digits + behind;
  };
  part(static_cast<uint64_t>(int{date.year()}), 4, '-');
  part(unsigned{date.month()}, 2, '-');
  part(unsigned{date.day()}, 2, 'T');
  part(static_cast<uint64_t>(clock.hours().count()), 2, ':');
  part(static_cast<uint64_t>(clock.minutes().count()), 2, ':');
  part(static_cast<uint64_t>(clock.seconds().count()), 2, '.');
  part(static_cast<uint64_t>(clock.subseconds().count()), 3, 'Z');
  return text;
}

// How trustworthy the bytes are, where they are not as they should be.
std::string_view DamageText(const wal::LogEntry& entry) {
  if (entry.crc_state == wal::CrcState::kMismatch) return "crc_mismatch";
  if (entry.crc_state == wal::CrcState::kUnknown || entry.after_damage) return "after_damage";
  return {};
}

bool IsCommitted(const wal::LogEntry& entry, const LayoutContext& context) {
  return !entry.superseded_by && entry.may_supersede && entry.entry.index <= context.commit;
}

void WriteEffect(output::JsonWriter& json, const ShownEntry& entry) {
  const Effect& effect = *entry.effect;
  if (effect.revision) json.Int("revision", *effect.revision);
  json.Uint("rows", effect.rows);
  if (const auto refusal = RefusalOf(entry); !refusal.empty()) json.Text("refused", refusal);
  if (effect.refused_by_proposer) json.Bool("refused_by_proposer", true);
}

void AppendCsvEffect(std::string& out, const ShownEntry& entry) {
  out += ',';
  if (entry.effect && entry.effect->revision) out += std::to_string(*entry.effect->revision);
  out += ',';
  if (entry.effect) AppendNumber(out, entry.effect->rows);
  out += ',';
  output::AppendCsvCell(out, RefusalOf(entry));
}

}  // namespace

void AppendTextColumns(std::string& out, const Columns& columns) {
  out += "term\t     index";
  if (columns.revisions) out += "\t  revision";
  out += "\ttype\tdata";
  if (columns.decoder) out += "\tdecoder_status\tdecoded_data";
  out += '\n';
}

void AppendTextLine(std::string& out, const ShownEntry& entry, const LayoutContext& context) {
  const wire::Entry& raft_entry = entry.logged.entry;
  AppendNumber(out, raft_entry.term, 4);
  out += '\t';
  AppendNumber(out, raft_entry.index, 10);
  if (context.columns.revisions) AppendRevision(out, entry.effect);
  if (raft_entry.type != wire::EntryType::kNormal) {
    out += "\tconf";
    if (raft_entry.type == wire::EntryType::kConfChange) {
      describe::AppendConfChangeLine(out, raft_entry.data);
    } else {
      out += "\t???";
    }
  } else {
    out += "\tnorm";
    switch (entry.payload.kind()) {
      case raft::PayloadKind::kEmpty: out += '\t'; break;
      case raft::PayloadKind::kInternal:
        out += '\t';
        describe::AppendGoText(out, entry.payload.message(), context.values);
        break;
      case raft::PayloadKind::kV2Request:
        describe::AppendV2RequestLine(out, entry.payload.message(), context.values);
        break;
      case raft::PayloadKind::kUnknown: out += "\t???"; break;
    }
  }
  AppendEffectRemarks(out, entry);
  AppendRemarks(out, entry.logged);
  if (entry.decoded == nullptr) {
    out += '\n';
    return;
  }
  out +=
      '\t' + entry.decoded->status + '\t' + entry.decoded->text;  // the text ends its line itself
}

void WriteJsonLine(output::JsonWriter& json, const ShownEntry& entry,
                   const LayoutContext& context) {
  const wal::LogEntry& logged = entry.logged;
  const wire::Entry& raft_entry = logged.entry;
  const describe::EntryView view{.entry = raft_entry, .payload = entry.payload};
  json.BeginObject();
  json.Uint("index", raft_entry.index);
  json.Uint("term", raft_entry.term);
  json.Text("kind", describe::KindOf(view));
  if (describe::HasRequest(view)) {
    json.Name("request");
    describe::WriteRequest(json, view, context.values);
  } else if (!raft_entry.data.empty() && !context.values.redact) {
    std::string base64;
    AppendBase64(base64, raft_entry.data);
    json.Text("data_b64", base64);
  }
  if (entry.values != nullptr) entry.values->WriteJson(json, entry.payload.message());
  json.Uint("bytes", raft_entry.data.size());
  json.Text("segment", context.segment_names[logged.segment]);
  json.Uint("offset", logged.at);
  json.Bool("committed", IsCommitted(logged, context));
  if (logged.superseded_by) json.Uint("superseded_by", *logged.superseded_by);
  if (entry.effect) WriteEffect(json, entry);
  if (const uint64_t id = describe::RequestIdOf(view); id != 0) {
    json.Text("proposer", describe::ProposerText(id, context.log.summary().member_ids));
    json.Text("proposer_started", Rfc3339(raft::OriginOf(id).start_unix_ms));
  }
  if (const auto damage = DamageText(logged); !damage.empty()) json.Text("damage", damage);
  if (entry.decoded != nullptr) {
    std::string_view text = entry.decoded->text;
    if (text.ends_with('\n')) text.remove_suffix(1);
    json.Text("decoder_status", entry.decoded->status);
    json.Text("decoded", text);
  }
  json.EndObject();
  json.EndLine();
}

void AppendCsvHeader(std::string& out, const Columns& columns) {
  out +=
      "index,term,kind,key,user,proposer,proposer_started,bytes,segment,offset,committed,"
      "superseded_by,damage,request";
  if (columns.revisions) out += ",revision,rows,refused";
  out += "\r\n";
}

void AppendCsvLine(std::string& out, const ShownEntry& entry, const LayoutContext& context) {
  const wal::LogEntry& logged = entry.logged;
  const wire::Entry& raft_entry = logged.entry;
  const describe::EntryView view{.entry = raft_entry, .payload = entry.payload};
  const bool normal = raft_entry.type == wire::EntryType::kNormal;
  const uint64_t id = describe::RequestIdOf(view);

  std::string key;  // the first one the request reads or writes, rather than only compares
  if (normal) {
    raft::VisitKeys(entry.payload.message(), [&](const raft::KeyUse& use) {
      const bool compared = use.message_name == "Compare";
      if (!compared || key.empty()) {
        key.clear();
        AppendOctalEscaped(key, use.range.key);
      }
      return compared;
    });
  }
  std::string user;
  if (normal) AppendOctalEscaped(user, entry.payload.username());
  std::string request;
  if (describe::HasRequest(view)) {
    output::JsonWriter json(request);
    describe::WriteRequest(json, view, context.values);
  }

  AppendNumber(out, raft_entry.index);
  out += ',';
  AppendNumber(out, raft_entry.term);
  out += ',';
  out += describe::KindOf(view);
  out += ',';
  output::AppendCsvCell(out, key);
  out += ',';
  output::AppendCsvCell(out, user);
  out += ',';
  out += describe::ProposerText(id, context.log.summary().member_ids);
  out += ',';
  if (id != 0) out += Rfc3339(raft::OriginOf(id).start_unix_ms);
  out += ',';
  AppendNumber(out, raft_entry.data.size());
  out += ',';
  output::AppendCsvCell(out, context.segment_names[logged.segment]);
  out += ',';
  AppendNumber(out, logged.at);
  out += IsCommitted(logged, context) ? ",true," : ",false,";
  if (logged.superseded_by) AppendNumber(out, *logged.superseded_by);
  out += ',';
  out += DamageText(logged);
  out += ',';
  output::AppendCsvCell(out, request);
  if (context.columns.revisions) AppendCsvEffect(out, entry);
  out += "\r\n";
}

}  // namespace etcdf::dump_logs
