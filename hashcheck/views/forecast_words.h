// What etcd will do with a data directory, in sentences without their full stops.
#pragma once

#include <string>

#include "restore/forecast.h"

namespace etcdf::hashcheck {

// The matter: what was found and what it means.
std::string MatterText(const restore::Remark& remark);

// What to do before etcd is started; empty where nothing needs to be done.
std::string RemedyText(const restore::Remark& remark);

}  // namespace etcdf::hashcheck
