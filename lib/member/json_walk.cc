#include "member/json_walk.h"

#include <rapidjson/encodedstream.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <vector>

namespace etcdf::member {
namespace {

// The events of RapidJSON's reader; each returns whether to go on.
class Handler {
 public:
  explicit Handler(const JsonVisitor& visit) : visit_(visit) {}

  bool StartObject() {
    path_.emplace_back();
    return true;
  }
  bool EndObject(rapidjson::SizeType /*members*/) {
    path_.pop_back();
    return true;
  }
  bool Key(const char* name, rapidjson::SizeType length, bool /*copy*/) {
    path_.back().assign(name, length);
    return true;
  }
  bool StartArray() { return true; }
  bool EndArray(rapidjson::SizeType /*elements*/) { return true; }

  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return Visit({.text = {text, length}, .number = {}});
  }
  bool Bool(bool value) { return Visit({.text = {}, .number = {}, .is_true = value}); }
  bool Uint(unsigned value) { return Uint64(value); }
  bool Uint64(uint64_t value) { return Visit({.text = {}, .number = value}); }
  bool Int(int value) { return Int64(value); }
  bool Int64(int64_t /*negative*/) { return Visit({}); }
  bool Double(double /*value*/) { return Visit({}); }
  bool RawNumber(const char* /*text*/, rapidjson::SizeType /*length*/, bool /*copy*/) {
    return Visit({});
  }
  bool Null() { return Visit({}); }

 private:
  bool Visit(const JsonScalar& value) {
    visit_(path_, value);
    return true;
  }

  const JsonVisitor& visit_;
  std::vector<std::string> path_;
};

}  // namespace

bool WalkJson(Bytes document, const JsonVisitor& visit) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
  const std::string_view text = AsText(document);
  rapidjson::MemoryStream memory(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(memory);
  Handler handler(visit);
  rapidjson::Reader reader;
  return !reader.Parse<kFlags>(stream, handler).IsError();
}

}  // namespace etcdf::member
