#include "restore/v2_store.h"

#include "json/json.h"

namespace etcdf::restore {

std::optional<V2Store> ReadV2Store(Bytes json) {
  V2Store store;
  const bool is_json = json::Walk(AsText(json), [&](auto path, const json::Scalar& value) {
    if (path.size() == 6 && path[2] == "0" && path[4] == "version" && path[5] == "Value") {
      store.version = apply::ParseVersion(value.text);
    }
    if (path.size() < 5 || path[0] != "Root" || path[1] != "Children") return;
    const bool is_auth = path[2] == "2";
    const bool below =
        path[3] == "Children" && (!is_auth || (path.size() > 6 && path[5] == "Children"));
    store.has_auth = store.has_auth || (is_auth && path[3] == "Children");
    store.has_content = store.has_content || (path[2] != "0" && below);
  });
  if (!is_json) return std::nullopt;
  store.members = member::ParseV2Membership(json).value_or(member::Membership{});
  return store;
}

}  // namespace etcdf::restore
