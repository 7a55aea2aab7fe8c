#include "kubernetes/schema.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "wire/reader.h"

namespace etcdf::kubernetes {
namespace {

const Message* FindBuiltIn(std::string_view name) {
  const auto messages = BuiltInMessages();
  const auto found = std::ranges::lower_bound(messages, name, {}, &Message::name);
  return found != messages.end() && found->name() == name ? &*found : nullptr;
}

// "apps/v1" -> {"apps", "v1"}; the core group is empty.
std::pair<std::string_view, std::string_view> GroupAndVersion(std::string_view api_version) {
  const size_t slash = api_version.find('/');
  if (slash == api_version.npos) return {"", api_version};
  return {api_version.substr(0, slash), api_version.substr(slash + 1)};
}

// "rbac.authorization.k8s.io" -> "rbac", as the packages of the API are called.
std::string_view PackageOf(std::string_view group) {
  if (group.empty()) return "core";
  if (group == "internal.apiserver.k8s.io") return "apiserverinternal";
  return group.substr(0, group.find('.'));
}

}  // namespace

// Reads google.protobuf.FileDescriptorSet (descriptor.proto of protobuf 3.21) into messages.
class DescriptorReader {
 public:
  explicit DescriptorReader(Schema& schema) : schema_(schema) {}

  bool Read(Bytes set) {
    const bool ok = ForEach(set, [&](const wire::Field& field) {
      return field.number != 1 || field.type != wire::Type::kBytes || ReadFile(field.bytes);
    });
    if (ok) Link();
    return ok;
  }

 private:
  static constexpr int kMaxDepth = 32;
  static constexpr size_t kMaxNameBytes = 1000;

  template <typename Take>
  static bool ForEach(Bytes message, Take take) {
    wire::Reader reader(message);
    for (wire::Field field; reader.Next(field);) {
      if (!take(field)) return false;
    }
    return reader.ok();
  }

  bool ReadFile(Bytes file) {
    std::string package;
    const bool named = ForEach(file, [&](const wire::Field& field) {
      if (field.number == 2) package = AsText(field.bytes);
      return true;
    });
    return named && ForEach(file, [&](const wire::Field& field) {
             return field.number != 4 || ReadMessage(field.bytes, package, 0);
           });
  }

  bool ReadMessage(Bytes descriptor, const std::string& scope, int depth) {
    if (depth > kMaxDepth) return false;
    std::string name = scope;
    ForEach(descriptor, [&](const wire::Field& field) {
      if (field.number == 1) (name += scope.empty() ? "" : ".") += AsText(field.bytes);
      return true;
    });
    Schema::Own own{.name = name,
                    .field_names = {},
                    .fields = {},
                    .type_names = {},
                    .is_map_entry = {},
                    .message = {}};
    bool is_map_entry = false;
    const bool ok = ForEach(descriptor, [&](const wire::Field& field) {
      if (field.number == 2) return ReadField(field.bytes, own);
      if (field.number == 3) return ReadMessage(field.bytes, name, depth + 1);
      if (field.number == 7) {
        return ForEach(field.bytes, [&](const wire::Field& option) {
          if (option.number == 7) is_map_entry = option.value != 0;
          return true;
        });
      }
      return true;
    });
    if (!ok) return false;
    if (is_map_entry) map_entries_[name] = own.fields;
    if (is_map_entry && own.type_names.size() == 2) map_values_[name] = own.type_names[1];
    if (FindBuiltIn(name) == nullptr) schema_.own_.try_emplace(name, std::move(own));
    return true;
  }

  // FieldDescriptorProto: 1 name, 3 number, 4 label (3: repeated), 5 type, 6 type_name.
  bool ReadField(Bytes descriptor, Schema::Own& own) {
    Field read{.number = 0,
               .rank = 0,
               .name_begin = nullptr,
               .message = nullptr,
               .name_length = 0,
               .type = Type::kBytes,
               .traits = kOmitEmpty};
    std::string type_name;
    std::string name;
    uint64_t type = 0;
    const bool ok = ForEach(descriptor, [&](const wire::Field& field) {
      switch (field.number) {
        case 1: name = AsText(field.bytes); break;
        case 3: read.number = static_cast<uint32_t>(field.value); break;
        case 4:
          if (field.value == 3) read.traits |= kRepeated;
          break;
        case 5: type = field.value; break;
        case 6: type_name = AsText(field.bytes); break;
        default: break;
      }
      return true;
    });
    if (!ok || name.empty() || read.number == 0) return false;
    read.type = TypeOf(type);
    if (type_name.starts_with('.')) type_name.erase(0, 1);
    name.resize(std::min<size_t>(name.size(), kMaxNameBytes));
    const std::string& kept = own.field_names.emplace_back(std::move(name));
    read.name_begin = kept.data();
    read.name_length = static_cast<uint16_t>(kept.size());
    read.rank = schema_.RankOf(kept);
    const auto place = std::ranges::lower_bound(own.fields, read.number, {}, &Field::number);
    own.type_names.insert(own.type_names.begin() + (place - own.fields.begin()), type_name);
    own.fields.insert(place, read);
    return true;
  }

  // FieldDescriptorProto.Type. Groups and what is yet to come print as their bytes.
  static Type TypeOf(uint64_t number) {
    constexpr std::array kTypes = {Type::kBytes,    Type::kDouble, Type::kFloat,   Type::kInt64,
                                   Type::kUint64,   Type::kInt32,  Type::kFixed64, Type::kFixed32,
                                   Type::kBool,     Type::kString, Type::kBytes,   Type::kMessage,
                                   Type::kBytes,    Type::kUint32, Type::kInt32,   Type::kSfixed32,
                                   Type::kSfixed64, Type::kSint32, Type::kSint64};
    return number < kTypes.size() ? kTypes[number] : Type::kBytes;
  }

  void Link() {
    for (auto& [name, own] : schema_.own_) {
      for (size_t i = 0; i < own.fields.size(); ++i) LinkField(own.fields[i], own.type_names[i]);
      own.message = {.name_begin = own.name.data(),
                     .field_begin = own.fields.data(),
                     .name_length = static_cast<uint16_t>(own.name.size()),
                     .field_count = static_cast<uint16_t>(own.fields.size()),
                     .form = Form::kPlain,
                     .has_nulls = false};
    }
  }

  void LinkField(Field& field, const std::string& type_name) {
    if (field.type != Type::kMessage) return;
    const auto entry = map_entries_.find(type_name);
    if (entry == map_entries_.end() || entry->second.size() != 2 ||
        entry->second[0].type != Type::kString) {
      field.message = schema_.Find(type_name);
      return;
    }
    field.traits = static_cast<uint8_t>((field.traits & ~kRepeated) | kMap);
    field.type = entry->second[1].type;
    if (field.type == Type::kMessage) field.message = schema_.Find(map_values_[type_name]);
  }

  Schema& schema_;
  std::map<std::string, std::vector<Field>> map_entries_;
  std::map<std::string, std::string> map_values_;
};

const Schema& Schema::BuiltIn() {
  static const Schema schema;
  return schema;
}

Result<void> Schema::AddDescriptors(Bytes file_descriptor_set) {
  if (!DescriptorReader(*this).Read(file_descriptor_set)) {
    return Fail({.code = ErrorCode::kMalformed,
                 .what = "not a FileDescriptorSet, as protoc --descriptor_set_out writes it"});
  }
  return {};
}

const Message* Schema::Find(std::string_view name) const {
  if (const Message* const built_in = FindBuiltIn(name)) return built_in;
  const auto own = own_.find(name);
  return own == own_.end() ? nullptr : &own->second.message;
}

const Message* Schema::FindKind(std::string_view api_version, std::string_view kind) const {
  if (kind.empty()) return nullptr;
  const auto [group, version] = GroupAndVersion(api_version);
  std::string tail(PackageOf(group));
  for (const std::string_view part : {version, kind}) (tail += '.') += part;
  constexpr std::array<std::string_view, 4> kHomes = {"k8s.io.api.", "github.com.openshift.api.",
                                                      "k8s.io.apiextensions_apiserver.pkg.apis.",
                                                      "k8s.io.kube_aggregator.pkg.apis."};
  for (const std::string_view home : kHomes) {
    // A group of another domain that begins with the same word is none of these.
    const bool is_openshift = home.starts_with("github");
    if (is_openshift != group.ends_with(".openshift.io")) continue;
    if (!is_openshift && group.find('.') != group.npos && !group.ends_with(".k8s.io")) continue;
    if (const Message* const found = FindBuiltIn(std::string(home) + tail)) return found;
  }
  if (group.empty() || group == "meta.k8s.io") {
    const std::string name = "k8s.io.apimachinery.pkg.apis.meta." + tail.substr(tail.find('.') + 1);
    if (const Message* const found = FindBuiltIn(name)) return found;
  }
  // A user's own type: the package's name holds the group's first label before the version.
  for (const auto& [name, own] : own_) {
    if (name == tail || name.ends_with("." + tail)) return &own.message;
  }
  return nullptr;
}

const Message& Schema::object_meta() const {
  static const Message& message = *FindBuiltIn("k8s.io.apimachinery.pkg.apis.meta.v1.ObjectMeta");
  return message;
}

uint32_t Schema::RankOf(std::string_view name) {
  const auto names = BuiltInNames();
  const auto place = std::ranges::lower_bound(
      names, name, {}, [](const char* each) { return std::string_view(each); });
  const auto index = static_cast<uint32_t>(place - names.begin());
  if (place != names.end() && *place == name) return RankAt(index);
  // Between two that are built in, in the order in which they come; only the order of print depends
  // on it.
  const auto [own, is_new] = own_ranks_.try_emplace(std::string(name), 0);
  if (is_new) {
    own->second =
        RankAt(index) - kRankStep + 1 + static_cast<uint32_t>(own_ranks_.size() % (kRankStep - 1));
  }
  return own->second;
}

const Field* FindField(const Message& message, uint32_t number) {
  const std::span<const Field> fields = message.fields();
  // Numbers mostly run from 1 without a gap.
  if (number - 1 < fields.size() && fields[number - 1].number == number) return &fields[number - 1];
  const auto found = std::ranges::lower_bound(fields, number, {}, &Field::number);
  return found != fields.end() && found->number == number ? &*found : nullptr;
}

uint32_t BuiltInRank(std::string_view name) {
  const auto names = BuiltInNames();
  const auto place = std::ranges::lower_bound(
      names, name, {}, [](const char* each) { return std::string_view(each); });
  return RankAt(static_cast<uint32_t>(place - names.begin()));
}

}  // namespace etcdf::kubernetes
