#include "backend/backend.h"

namespace etcdf::backend {

const char* EngineName(Engine engine) {
  switch (engine) {
    case Engine::kBolt: return "bbolt";
    case Engine::kLmdb: return "lmdb";
    case Engine::kMemory: return "memory";
  }
  return "";
}

}  // namespace etcdf::backend
