// protobuf's own library against ours: random messages of a few types, written by it, read by both.
//
// The types stand here as .proto, apart from fields.txt, and what they print is made by reflection.
// Field names are JSON's. Structs, lists and maps are those of the API; gogo's zeros, which these
// messages hold or not, are what our tables leave out.
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "base/escape.h"
#include "kubernetes/object.h"
#include "kubernetes/print.h"
#include "testing/proto_writer.h"
#include "testing/seed.h"

namespace etcdf::kubernetes {
namespace {

namespace pb = google::protobuf;

// Every field is one that JSON has if the wire has it: pointers, structs, lists and maps, and
// scalars that are not optional.
constexpr char kProto[] = R"(
  syntax = "proto2";
  message ObjectMeta {
    optional string name = 1;
    map<string, string> labels = 11;
    map<string, string> annotations = 12;
    repeated OwnerReference ownerReferences = 13;
    repeated string finalizers = 14;
    optional int64 deletionGracePeriodSeconds = 10;
  }
  message OwnerReference {
    optional string kind = 1;
    optional string name = 3;
    optional string uid = 4;
    optional string apiVersion = 5;
    optional bool controller = 6;
    optional bool blockOwnerDeletion = 7;
  }
  message ConfigMap {
    optional ObjectMeta metadata = 1;
    map<string, string> data = 2;
    map<string, bytes> binaryData = 3;
    optional bool immutable = 4;
  }
  message ServiceAccount {
    optional ObjectMeta metadata = 1;
    repeated ObjectReference secrets = 2;
    repeated LocalObjectReference imagePullSecrets = 3;
    optional bool automountServiceAccountToken = 4;
  }
  message ObjectReference {}
  message LocalObjectReference {}
  message PodDisruptionBudget {
    optional ObjectMeta metadata = 1;
    optional PodDisruptionBudgetStatus status = 3;
  }
  message PodDisruptionBudgetStatus {
    optional int32 disruptionsAllowed = 3;
    optional int32 currentHealthy = 4;
    optional int32 desiredHealthy = 5;
    optional int32 expectedPods = 6;
  }
)";

struct Kind {
  const char* api_version;
  const char* name;
};
constexpr Kind kKinds[] = {
    {"v1", "ConfigMap"}, {"v1", "ServiceAccount"}, {"policy/v1", "PodDisruptionBudget"}};

class Types {
 public:
  Types() {
    pb::FileDescriptorProto file;
    file.set_name("test.proto");
    std::istringstream words{std::string(kProto)};
    pb::DescriptorProto* message = nullptr;
    for (std::string word; words >> word;) {
      if (word == "message") {
        message = file.add_message_type();
        words >> *message->mutable_name();
      } else if (word == "optional" || word == "repeated" || word == "map<string,") {
        AddField(*message, word, words);
      }
    }
    file_ = pool_.BuildFile(file);
    EXPECT_NE(file_, nullptr);
  }
  std::unique_ptr<pb::Message> New(const char* name) {
    return std::unique_ptr<pb::Message>(
        factory_.GetPrototype(file_->FindMessageTypeByName(name))->New());
  }

 private:
  using Field = pb::FieldDescriptorProto;

  // The rest of `optional TYPE NAME = NUMBER;`, or of a map.
  static void AddField(pb::DescriptorProto& message, const std::string& label,
                       std::istringstream& words) {
    std::string type;
    std::string name;
    char equals = 0;
    int number = 0;
    words >> type >> name >> equals >> number;
    Field& field = *message.add_field();
    field.set_name(name);
    field.set_number(number);
    field.set_label(label == "optional" ? Field::LABEL_OPTIONAL : Field::LABEL_REPEATED);
    if (label != "map<string,") return SetType(field, type);
    // A map is a list of entries, of a message whose name protobuf prescribes.
    pb::DescriptorProto& entry = *message.add_nested_type();
    entry.set_name(static_cast<char>(name[0] - 'a' + 'A') + name.substr(1) + "Entry");
    entry.mutable_options()->set_map_entry(true);
    for (const int member : {1, 2}) {
      Field& part = *entry.add_field();
      part.set_name(member == 1 ? "key" : "value");
      part.set_number(member);
      part.set_label(Field::LABEL_OPTIONAL);
      SetType(part, member == 1 ? "string" : type.substr(0, type.size() - 1));
    }
    SetType(field, message.name() + "." + entry.name());
  }

  static void SetType(Field& field, const std::string& type) {
    const std::map<std::string, Field::Type> scalars = {{"string", Field::TYPE_STRING},
                                                        {"bytes", Field::TYPE_BYTES},
                                                        {"bool", Field::TYPE_BOOL},
                                                        {"int32", Field::TYPE_INT32},
                                                        {"int64", Field::TYPE_INT64}};
    const auto scalar = scalars.find(type);
    field.set_type(scalar == scalars.end() ? Field::TYPE_MESSAGE : scalar->second);
    if (scalar == scalars.end()) field.set_type_name("." + type);
  }

  pb::DescriptorPool pool_;
  pb::DynamicMessageFactory factory_;
  const pb::FileDescriptor* file_ = nullptr;
};

class Filler {
 public:
  explicit Filler(std::mt19937_64& random) : random_(random) {}

  void Fill(pb::Message& message) {
    const pb::Reflection* const reflection = message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const pb::FieldDescriptor* const field = message.GetDescriptor()->field(i);
      const uint64_t count = field->is_repeated() ? random_() % 4 : random_() % 2;
      for (uint64_t n = 0; n < count; ++n) FillField(message, *reflection, *field);
    }
  }

 private:
  void FillField(pb::Message& message, const pb::Reflection& reflection,
                 const pb::FieldDescriptor& field) {
    using Cpp = pb::FieldDescriptor::CppType;
    const bool is_list = field.is_repeated();
    if (field.cpp_type() == Cpp::CPPTYPE_MESSAGE) {
      Fill(is_list ? *reflection.AddMessage(&message, &field)
                   : *reflection.MutableMessage(&message, &field));
    } else if (field.cpp_type() == Cpp::CPPTYPE_STRING) {
      is_list ? reflection.AddString(&message, &field, Text())
              : reflection.SetString(&message, &field, Text());
    } else if (field.cpp_type() == Cpp::CPPTYPE_BOOL) {
      reflection.SetBool(&message, &field, random_() % 2 == 0);
    } else if (field.cpp_type() == Cpp::CPPTYPE_INT32) {
      reflection.SetInt32(&message, &field, static_cast<int32_t>(random_()));
    } else {
      reflection.SetInt64(&message, &field, static_cast<int64_t>(random_() >> random_() % 64));
    }
  }

  // Not empty: an optional text that is empty is left out.
  std::string Text() {
    constexpr std::string_view kPieces[] = {"a",  "web", "\"",       "\\", "ü",
                                            "\n", "{}",  "app/name", "x"};
    std::string text;
    for (uint64_t n = 1 + random_() % 4; n > 0; --n) text += kPieces[random_() % 9];
    return text;
  }

  std::mt19937_64& random_;
};

std::string Quoted(const std::string& text) {
  std::string out;
  output::JsonWriter(out).Text(text);
  return out;
}

// What kubectl prints of the message, by reflection alone.
std::string Printed(const pb::Message& message, std::map<std::string, std::string> members = {});

std::string PrintedValue(const pb::Message& message, const pb::FieldDescriptor& field, int index) {
  const pb::Reflection& reflection = *message.GetReflection();
  using Cpp = pb::FieldDescriptor::CppType;
  switch (field.cpp_type()) {
    case Cpp::CPPTYPE_MESSAGE:
      return Printed(index < 0 ? reflection.GetMessage(message, &field)
                               : reflection.GetRepeatedMessage(message, &field, index));
    case Cpp::CPPTYPE_BOOL: return reflection.GetBool(message, &field) ? "true" : "false";
    case Cpp::CPPTYPE_INT32: return std::to_string(reflection.GetInt32(message, &field));
    case Cpp::CPPTYPE_INT64: return std::to_string(reflection.GetInt64(message, &field));
    default: break;
  }
  const std::string text = index < 0 ? reflection.GetString(message, &field)
                                     : reflection.GetRepeatedString(message, &field, index);
  if (field.type() != pb::FieldDescriptor::TYPE_BYTES) return Quoted(text);
  std::string base64;
  AppendBase64(base64, AsBytes(text));
  return '"' + base64 + '"';
}

std::string PrintedObject(const std::map<std::string, std::string>& members) {
  std::string out;
  for (const auto& [name, value] : members) {
    out += (out.empty() ? "{" : ",") + Quoted(name) + ":" + value;
  }
  return out.empty() ? "{}" : out + "}";
}

std::string PrintedMap(const pb::Message& message, const pb::FieldDescriptor& field) {
  std::map<std::string, std::string> entries;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, &field); ++i) {
    const pb::Message& entry = message.GetReflection()->GetRepeatedMessage(message, &field, i);
    const pb::Descriptor& type = *entry.GetDescriptor();
    const std::string key = entry.GetReflection()->GetString(entry, type.map_key());
    entries[key] = PrintedValue(entry, *type.map_value(), -1);
  }
  return PrintedObject(entries);
}

std::string Printed(const pb::Message& message, std::map<std::string, std::string> members) {
  std::vector<const pb::FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const pb::FieldDescriptor* field : fields) {
    std::string& value = members[field->name()];
    if (field->is_map()) {
      value = PrintedMap(message, *field);
    } else if (field->is_repeated()) {
      for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
        value += (value.empty() ? "[" : ",") + PrintedValue(message, *field, i);
      }
      value += "]";
    } else {
      value = PrintedValue(message, *field, -1);
    }
  }
  return PrintedObject(members);
}

using DifferentialTest = testing::SeededTest;

TEST_F(DifferentialTest, ProtobufReadsTheSame) {
  Types types;
  Filler filler(random());
  ObjectReader reader;
  for (int round = 0; round < 600; ++round) {
    const Kind& kind = kKinds[static_cast<size_t>(round) % std::size(kKinds)];
    const auto message = types.New(kind.name);
    filler.Fill(*message);
    const std::string type =
        testing::ProtoWriter().Bytes(1, kind.api_version).Bytes(2, kind.name).bytes();
    const std::string value =
        std::string(kProtobufMagic) +
        testing::ProtoWriter().Bytes(1, type).Bytes(2, message->SerializeAsString()).bytes();
    ASSERT_TRUE(reader.Read(AsBytes(value)));
    std::string printed;
    AppendJson(printed, reader.document().root(), {});
    EXPECT_EQ(printed, Printed(*message, {{"apiVersion", Quoted(kind.api_version)},
                                          {"kind", Quoted(kind.name)}}));
    EXPECT_EQ(reader.flaws().unknown_fields + reader.flaws().wrong_types, 0U);
  }
}

}  // namespace
}  // namespace etcdf::kubernetes
