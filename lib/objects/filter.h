// Which objects are asked for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "objects/decoder.h"

namespace etcdf::objects {

// Those of this kind and so on; nothing: any.
struct Filter {
  std::optional<std::string> kind = {};       // as IsKindOf takes it
  std::optional<std::string> api_group = {};  // empty: the core group
  std::optional<std::string> name_space = {};
  std::optional<std::string> name = {};
  bool encrypted = false;

  bool Wants(std::string_view key, const Decoded& decoded) const;
};

// The resource of the key as kubectl names it; empty where the key is none of Kubernetes'.
std::string ResourceOf(std::string_view key, std::string_view api_version = {});

// "apps" of "apps/v1"; empty for the core group.
std::string_view GroupOf(std::string_view api_version);

}  // namespace etcdf::objects
