// Runs testdata/kubernetes/*.test: stored values, and the objects that they are.
//
//     decode [yaml] [metadata] [revision=N] [closed | redacted | hidden[=KEY]] [secrets] [cut=N]
//
// reads the value that the input is and prints the document, as JSON if not as YAML, then what was
// odd about it, a line each. `metadata` reads no more than a table of objects needs; `secrets`: the
// key is that of a Secret; `cut=N` takes N bytes off the end of the value; `hidden` overwrites its
// leaves first, where it is stored under KEY. The input is one of
//
//     base64 ...            the value, on one line or on several
//     hex ...               likewise
//     json ...              the rest of the line is the value
//     object VERSION KIND   then the fields of the message, a line each:
//       1 "text"            a text or bytes, with \n, \\, \" and \xNN
//       2 5                 a number; -5 is one of 64 bits
//       3 fixed64 5         eight bytes
//       4 {                 a message, up to a line with }
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "base/escape.h"
#include "kubernetes/hide_leaves.h"
#include "kubernetes/object.h"
#include "kubernetes/print.h"
#include "kubernetes/redaction.h"
#include "testing/datadriven.h"
#include "testing/proto_writer.h"

namespace etcdf::kubernetes {
namespace {

int HexValue(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

std::string Unquoted(std::string_view text) {
  std::string out;
  for (size_t at = 1; at + 1 < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
    } else if (text[++at] == 'x') {
      out += static_cast<char>(HexValue(text[at + 1]) << 4 | HexValue(text[at + 2]));
      at += 2;
    } else {
      out += text[at] == 'n' ? '\n' : text[at];
    }
  }
  return out;
}

// The message of the lines up to one with }.
std::string MessageOf(std::istream& lines) {
  testing::ProtoWriter message;
  for (std::string line; std::getline(lines, line);) {
    const size_t from = line.find_first_not_of(' ');
    if (from == line.npos) continue;
    if (line[from] == '}') break;
    std::istringstream words(line);
    uint32_t number = 0;
    std::string word;
    words >> number >> word;
    if (word == "{") {
      message.Bytes(number, MessageOf(lines));
    } else if (word.starts_with('"')) {
      message.Bytes(number, Unquoted(std::string_view(line).substr(line.find('"'))));
    } else {
      message.Number(number, static_cast<uint64_t>(std::stoll(word)));
    }
  }
  return message.bytes();
}

std::string InHex(std::string_view digits) {
  std::string out;
  for (size_t at = 0; at + 1 < digits.size(); at += 2) {
    out += static_cast<char>(HexValue(digits[at]) << 4 | HexValue(digits[at + 1]));
  }
  return out;
}

std::string ValueOf(const std::string& input) {
  std::istringstream lines(input);
  std::string form;
  lines >> form;
  if (form == "json") {
    std::string text;
    std::getline(lines >> std::ws, text);
    return text;
  }
  if (form == "object") {
    std::string api_version;
    std::string kind;
    lines >> api_version >> kind;
    std::getline(lines, form);
    testing::ProtoWriter type;
    type.Bytes(1, api_version == "-" ? "" : api_version).Bytes(2, kind == "-" ? "" : kind);
    testing::ProtoWriter envelope;
    envelope.Bytes(1, type.bytes()).Bytes(2, MessageOf(lines)).Bytes(3, "").Bytes(4, "");
    return std::string(kProtobufMagic) + envelope.bytes();
  }
  std::string all;
  for (std::string word; lines >> word;) all += word;
  if (form == "hex") return InHex(all);
  std::vector<uint8_t> bytes;
  EXPECT_TRUE(form == "base64" && DecodeBase64(all, bytes)) << input;
  return std::string(AsText(bytes));
}

std::string Described(const Flaws& flaws) {
  std::string text;
  const auto say = [&](const char* what, uint64_t count) {
    if (count != 0) text += std::string(what) + " " + std::to_string(count) + "\n";
  };
  if (flaws.is_broken()) text += "broken at " + std::to_string(flaws.broken_at) + "\n";
  say("fields of another wire type:", flaws.wrong_types);
  say("unknown fields:", flaws.unknown_fields);
  say("texts that are not UTF-8:", flaws.odd_texts);
  say("duplicates:", flaws.duplicates);
  if (flaws.beyond_limits) text += "beyond the limits\n";
  if (flaws.unknown_kind) text += "unknown kind\n";
  return text;
}

std::string Hidden(const std::string& key, const std::string& value) {
  std::vector<uint8_t> bytes(value.begin(), value.end());
  const HashKey no_key;
  LeafHider(Schema::BuiltIn(), no_key).Hide(key, bytes);
  return std::string(AsText(bytes));
}

Result<std::string> Decode(const testing::Directive& directive) {
  std::string value = ValueOf(directive.input);
  bool as_yaml = false;
  bool under_secrets = false;
  auto extent = Extent::kWhole;
  auto disclosure = Disclosure::kOpen;
  int64_t revision = 0;
  std::optional<std::string> hidden_under;
  for (const std::string& argument : directive.arguments) {
    if (argument == "yaml") as_yaml = true;
    if (argument == "metadata") extent = Extent::kMetadata;
    if (argument == "secrets") under_secrets = true;
    if (argument == "closed") disclosure = Disclosure::kSecretsClosed;
    if (argument == "redacted") disclosure = Disclosure::kAllClosed;
    if (argument.starts_with("revision=")) revision = std::stoll(argument.substr(9));
    if (argument.starts_with("hidden"))
      hidden_under = argument.substr(std::min<size_t>(argument.size(), 7));
    if (argument.starts_with("cut=")) value.resize(value.size() - std::stoul(argument.substr(4)));
  }
  if (hidden_under) value = Hidden(*hidden_under, value);
  ObjectReader reader;
  if (!reader.Read(AsBytes(value), extent)) return "no object\n";
  if (revision != 0) reader.SetResourceVersion(revision);
  CloseLeaves(reader.document(), disclosure, under_secrets);
  std::string text;
  if (as_yaml) {
    AppendYaml(text, reader.document().root(), {});
  } else {
    AppendJson(text, reader.document().root(), {});
    text += '\n';
  }
  return text + Described(reader.flaws());
}

const bool kRegistered = [] {
  static testing::DataDriven driver(std::filesystem::path(ETCDF_TESTDATA) / "fixtures");
  driver.On("decode", testing::Effect::kReadsOnly, Decode);
  testing::RegisterDataDrivenTests("KubernetesCases",
                                   std::filesystem::path(ETCDF_TESTDATA) / "kubernetes", driver);
  return true;
}();

}  // namespace
}  // namespace etcdf::kubernetes
