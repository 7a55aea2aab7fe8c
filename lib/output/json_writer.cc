#include "output/json_writer.h"

#if defined(__SSE2__)
#define RAPIDJSON_SSE2  // strings are searched for what must be escaped 16 bytes at a time
#endif
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/escape.h"

namespace etcdf::output {
namespace {

rapidjson::SizeType SizeOf(std::string_view text) {
  return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

struct JsonWriter::Impl {
  explicit Impl(std::string& target) : out(target), writer(line) {}

  void String(std::string_view utf8) { writer.String(utf8.data(), SizeOf(utf8)); }

  void HandOverIfComplete() {
    if (!writer.IsComplete()) return;
    out.append(line.GetString(), line.GetSize());
    line.Clear();
  }

  std::string& out;
  rapidjson::StringBuffer line;  // RapidJSON is fast only with a buffer of its own
  rapidjson::Writer<rapidjson::StringBuffer> writer;
  std::string scratch;
};

JsonWriter::JsonWriter(std::string& out) : impl_(std::make_unique<Impl>(out)) {}
JsonWriter::~JsonWriter() = default;

void JsonWriter::BeginObject() { impl_->writer.StartObject(); }
void JsonWriter::EndObject() {
  impl_->writer.EndObject();
  impl_->HandOverIfComplete();
}
void JsonWriter::BeginArray() { impl_->writer.StartArray(); }
void JsonWriter::EndArray() {
  impl_->writer.EndArray();
  impl_->HandOverIfComplete();
}

void JsonWriter::EndLine() {
  impl_->out += '\n';
  impl_->writer.Reset(impl_->line);
}

void JsonWriter::Name(std::string_view name) { impl_->writer.Key(name.data(), SizeOf(name)); }

void JsonWriter::Uint(uint64_t value) { impl_->writer.Uint64(value); }
void JsonWriter::Int(int64_t value) { impl_->writer.Int64(value); }
void JsonWriter::Bool(bool value) { impl_->writer.Bool(value); }
void JsonWriter::Null() { impl_->writer.Null(); }

void JsonWriter::Text(std::string_view text) {
  if (IsUtf8(AsBytes(text))) return impl_->String(text);
  impl_->scratch.clear();
  AppendOctalEscaped(impl_->scratch, AsBytes(text));
  impl_->String(impl_->scratch);
}

void JsonWriter::HexId(uint64_t id) { impl_->String(etcdf::HexId(id)); }

void JsonWriter::Uint(std::string_view name, uint64_t value) {
  Name(name);
  Uint(value);
}

void JsonWriter::Int(std::string_view name, int64_t value) {
  Name(name);
  Int(value);
}

void JsonWriter::Bool(std::string_view name, bool value) {
  Name(name);
  Bool(value);
}

void JsonWriter::Text(std::string_view name, std::string_view text) {
  Name(name);
  Text(text);
}

void JsonWriter::HexId(std::string_view name, uint64_t id) {
  Name(name);
  HexId(id);
}

void JsonWriter::Bytes(std::string_view name, etcdf::Bytes bytes) {
  Name(name);
  if (IsUtf8(bytes)) return impl_->String(AsText(bytes));
  impl_->scratch.clear();
  AppendOctalEscaped(impl_->scratch, bytes);
  impl_->String(impl_->scratch);
  impl_->scratch.assign(name);
  impl_->scratch += "_b64";
  Name(impl_->scratch);
  impl_->scratch.clear();
  AppendBase64(impl_->scratch, bytes);
  impl_->String(impl_->scratch);
}

void JsonWriter::Raw(std::string_view name, std::string_view json) {
  Name(name);
  impl_->writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

}  // namespace etcdf::output
