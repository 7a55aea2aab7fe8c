#include "bolt/stats.h"

#include "dump-db/bolt_pages.h"
#include "output/json_writer.h"

namespace etcdf::dump_db {
namespace {

// As bbolt computes it: in single precision, cut off.
std::string Percent(uint64_t part, uint64_t whole) {
  if (whole == 0) return " (0%)";
  const float percent = static_cast<float>(part) * 100.0F / static_cast<float>(whole);
  return " (" + std::to_string(static_cast<int64_t>(percent)) + "%)";
}

// The text of `bbolt stats` (bbolt v1.4.3, cmd/bbolt/main.go), its slips included.
std::string StatsText(const bolt::BucketStats& stats, uint64_t page_size) {
  const uint64_t branch_bytes = stats.branches.AllocatedBytes(page_size);
  const uint64_t leaf_bytes = stats.leaves.AllocatedBytes(page_size);
  std::string text = "Aggregate statistics for " + std::to_string(stats.buckets) + " buckets\n\n";
  const auto line = [&](const char* what, uint64_t number, const std::string& percent = "") {
    text += std::string("\t") + what + ": " + std::to_string(number) + percent + "\n";
  };
  text += "Page count statistics\n";
  line("Number of logical branch pages", stats.branches.logical);
  line("Number of physical branch overflow pages", stats.branches.overflow);
  line("Number of logical leaf pages", stats.leaves.logical);
  line("Number of physical leaf overflow pages", stats.leaves.overflow);
  text += "Tree statistics\n";
  line("Number of keys/value pairs", stats.rows);
  line("Number of levels in B+tree", stats.depth);
  text += "Page size utilization\n";
  line("Bytes allocated for physical branch pages", branch_bytes);
  line("Bytes actually used for branch data", stats.branches.bytes_in_use,
       Percent(stats.branches.bytes_in_use, branch_bytes));
  line("Bytes allocated for physical leaf pages", leaf_bytes);
  line("Bytes actually used for leaf data", stats.leaves.bytes_in_use,
       Percent(stats.leaves.bytes_in_use, leaf_bytes));
  text += "Bucket statistics\n";
  line("Total number of buckets", stats.all_buckets);
  line("Total number on inlined buckets", stats.inline_buckets,
       Percent(stats.inline_buckets, stats.all_buckets));
  line("Bytes used for inlined buckets", stats.inline_bytes_in_use,
       Percent(stats.inline_bytes_in_use, stats.leaves.bytes_in_use));
  return text;
}

std::string StatsJson(const bolt::BucketStats& stats, uint64_t page_size) {
  std::string text;
  output::JsonWriter json(text);
  const auto pages = [&](std::string_view name, const bolt::BucketStats::Pages& of) {
    json.Name(name);
    json.BeginObject();
    json.Uint("logical", of.logical);
    json.Uint("overflow", of.overflow);
    json.Uint("allocated_bytes", of.AllocatedBytes(page_size));
    json.Uint("bytes_in_use", of.bytes_in_use);
    json.EndObject();
  };
  json.BeginObject();
  json.Uint("buckets", stats.buckets);
  pages("branch_pages", stats.branches);
  pages("leaf_pages", stats.leaves);
  json.Uint("rows", stats.rows);
  json.Uint("depth", stats.depth);
  json.Uint("all_buckets", stats.all_buckets);
  json.Uint("inline_buckets", stats.inline_buckets);
  json.Uint("inline_bytes_in_use", stats.inline_bytes_in_use);
  json.EndObject();
  json.EndLine();
  return text;
}

}  // namespace

Result<void> Stats(const VerbContext& context) {
  const auto database = OpenBolt(context);
  if (!database) return Fail(database.error());
  const bolt::BucketStats stats = bolt::CollectStats(**database, context.findings);
  const uint64_t page_size = (*database)->file().page_size();
  context.out.Write(context.options.format == Format::kJson ? StatsJson(stats, page_size)
                                                            : StatsText(stats, page_size));
  return {};
}

}  // namespace etcdf::dump_db
