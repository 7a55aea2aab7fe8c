// How the values of each resource are stored: in clear text or encrypted, with which key, and
// whether that is what the configuration says.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "encryption/at_rest.h"
#include "encryption/config.h"

namespace etcdf::encryption {

// A row of many: the oldest.
struct Example {
  std::string key = {};  // empty where there is none
  int64_t revision = 0;

  void Take(const Example& other) {
    if (!other.key.empty() && (key.empty() || other.revision < revision)) *this = other;
  }
};

struct Use {
  std::string resource;  // as kubectl names it
  Provider provider = Provider::kIdentity;
  std::string key_name;         // empty for clear text
  uint64_t live = 0;            // keys whose newest row is so stored
  uint64_t history = 0;         // all rows so stored, the live ones included
  uint64_t live_closed = 0;     // of the live ones, those that did not open
  uint64_t history_closed = 0;  // of all, likewise
  int64_t revision_first = 0;
  int64_t revision_last = 0;
  Example live_example = {};
  Example history_example = {};  // of those that are not live
  // Whether new values of the resource are stored so; nothing without a configuration.
  std::optional<bool> expected = {};
};

struct UsedRow {
  std::string resource;
  std::string_view key;
  int64_t revision = 0;
  bool is_live = false;
};

// Takes rows in any order, in one thread; several can be merged.
class UseTally {
 public:
  void Add(const UsedRow& row, const Opener::Result& opened);
  void Merge(const UseTally& other);
  // By resource, provider and key.
  std::vector<Use> Finish(const Config* config) const;

 private:
  using Id = std::tuple<std::string, Provider, std::string>;
  static void AddTo(Use& use, const Use& other);
  std::map<Id, Use> uses_;
};

// The provider and the name of the key with which new values of the rule's resources are stored.
struct WritesWith {
  Provider provider = Provider::kIdentity;
  std::string_view key_name = {};
};
WritesWith WritingKey(const Rule& rule);

}  // namespace etcdf::encryption
