#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "tests/reliability/fault.h"

namespace etcdf::reliability {
namespace {

constexpr size_t kSectorBytes = 512;
constexpr size_t kPageBytes = 4096;

using Named = std::pair<const std::string, Node>;

// A database, a segment, a .snap file or a backup, with weights: by file, the .snap files would get
// most of the faults, and by size the database all.
Named* DrawFile(Scene& scene) {
  std::vector<Named*> files;
  const uint64_t chance = scene.dice.Below(10);
  const auto is_wanted = [chance](const std::string& path) {
    if (chance < 4) return IsDatabase(path);
    if (chance < 8) return IsSegment(path);
    return chance == 8 ? IsSnap(path) : path == kBackup;
  };
  for (Named& file : scene.tree) {
    if (is_wanted(file.first) && file.second.kind == Node::Kind::kFile) files.push_back(&file);
  }
  return files.empty() ? nullptr : scene.dice.OneOf(files);
}

std::string Told(const Named& file, const std::string& what) { return file.first + ": " + what; }
std::string AtText(const std::string& what, size_t at) {
  return what + " at " + std::to_string(at);
}

// Runs `change` on the content of a drawn file that is not empty.
template <typename Change>
std::string OnContent(Scene& scene, Change change) {
  Named* const file = DrawFile(scene);
  if (file == nullptr || file->second.content.empty()) return "";
  return Told(*file, change(file->second.content));
}

std::string FlipBit(Scene& scene) {
  return OnContent(scene, [&](std::string& bytes) {
    return AtText("a bit flipped", scene.dice.FlipBit(bytes));
  });
}

std::string RandomBytes(Scene& scene) {
  return OnContent(scene, [&](std::string& bytes) {
    const size_t at = scene.dice.Below(bytes.size());
    const size_t count = std::min<size_t>(bytes.size() - at, 1 + scene.dice.Below(64));
    bytes.replace(at, count, scene.dice.Bytes(count));
    return AtText(std::to_string(count) + " random bytes", at);
  });
}

std::string ZeroBlock(Scene& scene) {
  return OnContent(scene, [&](std::string& bytes) {
    const size_t block = scene.dice.OneIn(2) ? kSectorBytes : kPageBytes;
    const size_t at = scene.dice.Below(bytes.size()) / block * block;
    const size_t count = std::min(block, bytes.size() - at);
    bytes.replace(at, count, count, '\0');
    return AtText(std::to_string(count) + " zeros", at);
  });
}

std::string Cut(Scene& scene) {
  return OnContent(scene, [&](std::string& bytes) {
    constexpr std::array<size_t, 3> kSteps = {1, kSectorBytes, kPageBytes};
    const size_t step = scene.dice.OneOf(kSteps);
    bytes.resize(scene.dice.Below(bytes.size()) / step * step);
    return AtText("cut off", bytes.size());
  });
}

std::string Insert(Scene& scene) {
  return OnContent(scene, [&](std::string& bytes) {
    const size_t at = scene.dice.Below(bytes.size() + 1);
    bytes.insert(at, scene.dice.Bytes(1 + scene.dice.Below(16)));
    return AtText("bytes inserted", at);
  });
}

std::string RemoveBytes(Scene& scene) {
  return OnContent(scene, [&](std::string& bytes) {
    const size_t at = scene.dice.Below(bytes.size());
    bytes.erase(at, 1 + scene.dice.Below(16));
    return AtText("bytes removed", at);
  });
}

// Two blocks of a file, the second in the place of the first, or each in that of the other.
std::string MixBlocks(Scene& scene, bool swap) {
  return OnContent(scene, [&](std::string& bytes) {
    const size_t block = scene.dice.OneIn(2) ? kSectorBytes : kPageBytes;
    const size_t blocks = std::max<size_t>(1, bytes.size() / block);
    const size_t to = scene.dice.Below(blocks) * block;
    const size_t from = scene.dice.Below(blocks) * block;
    const std::string moved = bytes.substr(from, block);
    const std::string replaced = bytes.substr(to, moved.size());
    bytes.replace(to, moved.size(), moved);
    if (swap) bytes.replace(from, replaced.size(), replaced);
    return AtText(AtText(swap ? "swapped a block" : "a block again", to) + " with that", from);
  });
}

std::string RepeatBlock(Scene& scene) { return MixBlocks(scene, false); }
std::string SwapBlocks(Scene& scene) { return MixBlocks(scene, true); }

// A page of another member's file, of this name or of any other, at the same place.
std::string ForeignPage(Scene& scene) {
  Named* const file = DrawFile(scene);
  if (file == nullptr || scene.other.empty()) return "";
  auto from = scene.other.find(file->first);
  if (from == scene.other.end() || scene.dice.OneIn(4)) {
    from = std::next(scene.other.begin(),
                     static_cast<std::ptrdiff_t>(scene.dice.Below(scene.other.size())));
  }
  std::string& bytes = file->second.content;
  const std::string& source = from->second.content;
  const size_t pages = std::min(bytes.size(), source.size()) / kPageBytes;
  if (pages == 0) return "";
  const size_t at = scene.dice.Below(pages) * kPageBytes;
  bytes.replace(at, kPageBytes, source, at, kPageBytes);
  return Told(*file, AtText("a page of another member's " + from->first, at));
}

std::string RemoveFile(Scene& scene) {
  const Named* const file = DrawFile(scene);
  if (file == nullptr) return "";
  const std::string path = file->first;
  scene.tree.erase(path);
  return path + ": removed";
}

std::string RenameFile(Scene& scene) {
  Named* const file = DrawFile(scene);
  if (file == nullptr) return "";
  constexpr std::array kNames = {"ffffffffffffffff-ffffffffffffffff.wal",
                                 "0000000000000001-0.wal",
                                 "0-0.snap",
                                 "db",
                                 "db.snap.db",
                                 "\x1b[31mx",
                                 ".wal"};
  const std::string path = file->first;
  const std::string to = path.substr(0, path.rfind('/') + 1) + scene.dice.OneOf(kNames);
  const Node node = std::move(file->second);
  scene.tree.erase(path);
  scene.tree[to] = node;
  return path + ": renamed";
}

std::string ReplaceFile(Scene& scene) {
  constexpr std::array kInstead = {Node::Kind::kFile, Node::Kind::kDirectory, Node::Kind::kFifo,
                                   Node::Kind::kLink};
  Named* const file = DrawFile(scene);
  if (file == nullptr) return "";
  const std::string own_name = file->first.substr(file->first.rfind('/') + 1);
  file->second = {.kind = scene.dice.OneOf(kInstead)};
  if (file->second.kind == Node::Kind::kLink) {
    file->second.content = scene.dice.OneIn(2) ? own_name : "nowhere";
  }
  constexpr std::array kTexts = {"emptied", "a directory", "a FIFO", "a link to itself or nowhere"};
  return Told(*file, kTexts[static_cast<size_t>(file->second.kind)]);
}

std::string SwapFiles(Scene& scene) {
  Named* const a = DrawFile(scene);
  Named* const b = DrawFile(scene);
  if (a == nullptr || b == nullptr || a == b) return "";
  std::swap(a->second, b->second);
  return Told(*a, "swapped with " + b->first);
}

constexpr auto kFaults = std::to_array<Fault>({{"flip_bit", Trace::kInTheBytes, FlipBit},
                                               {"random_bytes", Trace::kInTheBytes, RandomBytes},
                                               {"zero_block", Trace::kInTheBytes, ZeroBlock},
                                               {"cut", Trace::kInTheBytes, Cut},
                                               {"insert", Trace::kInTheBytes, Insert},
                                               {"remove_bytes", Trace::kInTheBytes, RemoveBytes},
                                               {"repeat_block", Trace::kInTheBytes, RepeatBlock},
                                               {"swap_blocks", Trace::kInTheBytes, SwapBlocks},
                                               {"foreign_page", Trace::kMisplaced, ForeignPage},
                                               {"remove_file", Trace::kInTheBytes, RemoveFile},
                                               {"rename_file", Trace::kInTheBytes, RenameFile},
                                               {"replace_file", Trace::kInTheBytes, ReplaceFile},
                                               {"swap_files", Trace::kInTheBytes, SwapFiles}});

}  // namespace

std::span<const Fault> FileFaults() { return kFaults; }

uint64_t NumberAt(const std::string& bytes, size_t at, unsigned width) {
  uint64_t number = 0;
  for (unsigned i = width; i-- > 0;) {
    number = number << 8 | static_cast<uint8_t>(bytes.at(at + i));
  }
  return number;
}

void PutNumber(std::string& bytes, size_t at, unsigned width, uint64_t number) {
  for (unsigned i = 0; i < width; ++i) bytes.at(at + i) = static_cast<char>(number >> (8 * i));
}

const Fault& DrawFault(Dice& dice) {
  const std::array kTables = {FileFaults(), BoltFaults(), LogFaults()};
  return dice.OneOf(dice.OneOf(kTables));
}

const Fault* FindFault(std::string_view name) {
  for (const auto table : {FileFaults(), BoltFaults(), LogFaults()}) {
    const auto found = std::ranges::find(table, name, &Fault::name);
    if (found != table.end()) return &*found;
  }
  return nullptr;
}

}  // namespace etcdf::reliability
