// The main function of a fuzz target under an ordinary compiler: replays stored inputs.
//
//     TARGET_replay PATH...        files, or folders whose files are taken
//
// Each input is copied into a heap buffer of exactly its size, so that AddressSanitizer sees a read
// of one byte too many, and is also given truncated: most decoders' mistakes are at the end of
// their input. Exit code 0 and the count if all went well; 1 if a path is missing or holds no file,
// since a replay of nothing must not look like a success. A failure inside the target ends the
// program.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);

namespace {

namespace fs = std::filesystem;

void Replay(const std::vector<char>& input, size_t size) {
  const auto exact = std::make_unique<uint8_t[]>(size);
  std::copy_n(input.begin(), size, exact.get());
  LLVMFuzzerTestOneInput(exact.get(), size);
}

// The whole input, and prefixes: the shortest ones, those around its middle and end, and a few
// between.
size_t ReplayWithPrefixes(const std::vector<char>& input) {
  std::vector<size_t> sizes;
  for (size_t size = 0; size < 20; ++size) sizes.push_back(size);
  for (size_t eighth = 1; eighth < 8; ++eighth) sizes.push_back(input.size() * eighth / 8);
  for (size_t less = 0; less < 20; ++less) {
    if (less <= input.size()) sizes.push_back(input.size() - less);
  }
  std::ranges::sort(sizes);
  const auto repeated = std::ranges::unique(sizes);
  sizes.erase(repeated.begin(), repeated.end());
  size_t runs = 0;
  for (const size_t size : sizes) {
    if (size > input.size()) break;
    Replay(input, size);
    ++runs;
  }
  return runs;
}

// The regular files at or below `path`, in order. Empty if there are none.
std::vector<fs::path> FilesAt(const fs::path& path) {
  std::vector<fs::path> files;
  std::error_code missing;
  if (fs::is_regular_file(path, missing)) {
    files.push_back(path);
  } else {
    for (const auto& entry : fs::recursive_directory_iterator(path, missing)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  size_t inputs = 0, runs = 0;
  for (int i = 1; i < argc; ++i) {
    const std::vector<fs::path> files = FilesAt(argv[i]);
    if (files.empty()) {
      std::fprintf(stderr, "%s: no such file, or no file in it\n", argv[i]);
      return 1;
    }
    for (const fs::path& file : files) {
      std::ifstream stream(file, std::ios::binary);
      const std::vector<char> input((std::istreambuf_iterator<char>(stream)),
                                    std::istreambuf_iterator<char>());
      if (!stream) {
        std::fprintf(stderr, "%s: cannot be read\n", file.c_str());
        return 1;
      }
      runs += ReplayWithPrefixes(input);
      ++inputs;
    }
  }
  if (inputs == 0) {
    std::fprintf(stderr, "usage: %s PATH...\n", argv[0]);
    return 1;
  }
  std::printf("%zu inputs, %zu runs\n", inputs, runs);
  return 0;
}
