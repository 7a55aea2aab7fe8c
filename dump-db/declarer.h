// How the verbs of dump-db declare their options. What a verb does not declare it refuses.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "app/cli.h"
#include "dump-db/options.h"
#include "dump-db/verbs.h"

namespace etcdf::dump_db {

inline const std::map<std::string, Format> kTextJsonCsv = {
    {"text", Format::kText}, {"json", Format::kJson}, {"csv", Format::kCsv}};
inline const std::map<std::string, Format> kTextJson = {{"text", Format::kText},
                                                        {"json", Format::kJson}};

// Of one verb. Must outlive the parsing, as options call back into it.
class Declarer {
 public:
  Declarer(app::Cli& cli, Options& options, const Verb& verb)
      : cli_(cli),
        o_(options),
        file_(verb.needs == Needs::kTwoStates
                  ? cli_.Argument("FROM", o_.path, "The state before", "FROM")
                  : cli_.Argument("FILE", o_.path, "What to read", "FILE")) {}

  void Text(const char* name, std::string& to, const char* help, const char* type) {
    cli_.Text(name, to, help, type);
  }
  void Argument(const char* name, std::string& to, const char* help) {
    cli_.Argument(name, to, help, name);
  }
  template <typename To>
  app::Cli::Option Number(const char* name, To& to, const char* help, const char* type = "N") {
    return cli_.Number(name, to, help, type);
  }
  template <typename To>
  app::Cli::Option Revision(const char* name, To& to, const char* help) {
    return cli_.Revision(name, to, help);
  }
  void Flag(const char* name, bool& to, const char* help) { cli_.Flag(name, to, help); }
  // `To` is the enum or an optional of it.
  template <typename To, typename Enum>
  void Choice(const char* name, To& to, const std::map<std::string, Enum>& names, const char* help,
              const char* type) {
    cli_.Choice(name, to, names, help, type);
  }
  // `formats` outlives the parsing.
  void Formats(const std::map<std::string, Format>& formats, const char* help) {
    const std::string group = cli_.Group("Output");
    cli_.Choice("-w,--write-out", o_.format, formats, help, "FORMAT");
    cli_.Group(group);
  }
  void TextJsonCsv() { Formats(kTextJsonCsv, "text, json (an object a line) or csv"); }
  // For what is no table.
  void TextJson() { Formats(kTextJson, "text or json (an object a line)"); }
  void Values() { app::AddValueOptions(cli_, o_.values); }
  void Redact() {
    const std::string group = cli_.Group("Output");
    cli_.Flag("--redact", o_.values.redact, "Print no value or password: length, fingerprint");
    cli_.Group(group);
  }
  // What opens and decodes the values of Kubernetes.
  void EncryptionConfig() {
    Text("--encryption-config", o_.encryption_config,
         "The cluster's EncryptionConfiguration: opens values encrypted at rest", "FILE");
  }
  void Decoding() {
    EncryptionConfig();
    Text("--k8s-descriptors", o_.descriptors,
         "More types of objects: a FileDescriptorSet, as protoc writes it", "FILE");
    Text("--redact-key", o_.redact_key, "Key of the ids of closed values: the same ids in each run",
         "FILE");
  }
  void Secrecy() {
    const std::string group = cli_.Group("Output");
    cli_.Flag("--redact", o_.values.redact, "Print the structure alone: no value of any field");
    cli_.Flag("--show-secrets", o_.values.show_secrets, "Print the data of Secrets as it is");
    cli_.Group(group);
  }
  template <typename To>
  void MaybeText(const char* name, To& to, const char* help, const char* type) {
    const auto take = [&to](const std::string& text) {
      to = text;
      return std::nullopt;
    };
    cli_.Value(name, take, help, type);
  }
  void Value(const char* name, app::Cli::Take take, const char* help, const char* type) {
    cli_.Value(name, std::move(take), help, type);
  }
  void Meta() {
    cli_.NumberUpTo("--meta", 1, o_.meta, "Read a bbolt file through this meta page, 0 or 1",
                    "PAGE");
  }

  // Which objects are asked for.
  void Filters() {
    MaybeText("--kind", o_.filter.kind, "Only objects of this kind, such as Pod or deployments",
              "KIND");
    MaybeText("--api-group", o_.filter.api_group, "Only objects of this API group; core: empty",
              "GROUP");
    MaybeText("--namespace", o_.filter.name_space, "Only objects in this namespace", "NAMESPACE");
    MaybeText("--name", o_.filter.name, "Only objects of this name", "NAME");
    Text("--prefix", o_.prefix, "Only keys with this prefix", "PREFIX");
  }
  void AsOf() {
    cli_.Revision("--rev", o_.revision, "As of this revision; the latest if not given");
    cli_.Text("--time", o_.time, "As of the newest revision that surely is not after this time",
              "TIME");
  }
  void AtIndex() {
    Number("--at-index", o_.at_index, "As of this entry of the member's raft log", "INDEX");
    Text("--wal-dir", o_.wal_dir, "Where the segments are, if not in FILE/member/wal", "DIR");
  }
  // Its value may be left out, so it may take FILE for it: see GiveFileBack.
  void WithWal() {
    file_.Required(false);
    const auto take = [this](const std::string& wal_dir) {
      o_.with_wal = true;
      o_.wal_dir = wal_dir;
      return std::nullopt;
    };
    cli_.Value("--with-wal", take,
               "Fill in what pages lost from the member's raft log, if not in FILE/member/wal in "
               "DIR",
               "[DIR]")
        .ValueMayFollow();
  }

  Options& options() { return o_; }

 private:
  app::Cli& cli_;
  Options& o_;
  app::Cli::Option file_;
};

}  // namespace etcdf::dump_db
