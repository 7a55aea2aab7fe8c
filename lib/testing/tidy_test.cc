// The rules of the source tree that a compiler does not hold: who may include whom, what is hidden
// where, nothing dead. CONTRIBUTING.md gives the reasons.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace etcdf {
namespace {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

struct Line {
  std::string file;  // from the root of the tree
  size_t number = 0;
  std::string text;
};

std::ostream& operator<<(std::ostream& out, const Line& line) {
  return out << line.file << ':' << line.number << ": " << line.text;
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const fs::path& Root() {
  static const fs::path root = ETCDF_SOURCE_DIR;
  return root;
}

// Every file below `folder` with one of the extensions, as paths from the root, in order.
std::vector<std::string> FilesBelow(std::string_view folder,
                                    std::span<const std::string_view> extensions) {
  std::vector<std::string> files;
  if (!fs::exists(Root() / folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(Root() / folder)) {
    const std::string extension = entry.path().extension().string();
    if (entry.is_regular_file() && std::ranges::find(extensions, extension) != extensions.end()) {
      files.push_back(entry.path().lexically_relative(Root()).string());
    }
  }
  std::ranges::sort(files);
  return files;
}

constexpr std::array kFoldersWithCode = {"lib"sv,   "dump-logs"sv,       "dump-db"sv,
                                         "bench"sv, "snapshot-status"sv, "hashcheck"sv};

std::vector<std::string> CodeFiles() {
  constexpr std::array kExtensions = {".h"sv, ".cc"sv};
  std::vector<std::string> files;
  for (const std::string_view folder : kFoldersWithCode) {
    std::ranges::move(FilesBelow(folder, kExtensions), std::back_inserter(files));
  }
  return files;
}

// The lines of a file. Code is given without its `//` comments, so that they may speak of anything.
enum class Comments : uint8_t { kKept, kRemoved };

std::vector<Line> LinesOf(const std::string& file, Comments comments) {
  std::vector<Line> lines;
  std::istringstream in(ReadFile(Root() / file));
  for (std::string text; std::getline(in, text);) {
    if (comments == Comments::kRemoved) text = text.substr(0, text.find("//"));
    lines.push_back({file, lines.size() + 1, text});
  }
  return lines;
}

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

bool IsTest(std::string_view file) {
  return file.ends_with("_test.cc") || file.ends_with("_fuzz.cc") || file.ends_with("_bench.cc");
}

// "wal" for lib/wal/log.h, "dump-logs" for dump-logs/main.cc.
std::string ModuleOf(std::string_view file) {
  if (file.starts_with("lib/")) file.remove_prefix(4);
  return std::string(file.substr(0, file.find('/')));
}

struct Include {
  Line line;
  std::string target;  // as between the quotes or brackets
  bool quoted = false;
};

std::vector<Include> IncludesOf(const std::string& file) {
  constexpr std::string_view kDirective = "#include ";
  std::vector<Include> includes;
  for (const Line& line : LinesOf(file, Comments::kRemoved)) {
    if (!line.text.starts_with(kDirective)) continue;
    const size_t open = kDirective.size();
    const size_t close = line.text.find_first_of("\">", open + 1);
    includes.push_back(
        {line, line.text.substr(open + 1, close - open - 1), line.text.at(open) == '"'});
  }
  return includes;
}

// lib/modules.txt: what each module may include directly.
class ModuleTable {
 public:
  ModuleTable() {
    for (const Line& line : LinesOf("lib/modules.txt", Comments::kKept)) {
      if (line.text.empty() || line.text.starts_with('#')) continue;
      const size_t colon = line.text.find(':');
      auto& uses = uses_[line.text.substr(0, colon)];
      std::istringstream names(line.text.substr(colon + 1));
      for (std::string name; names >> name;) uses.insert(name);
    }
  }

  bool Has(const std::string& module) const { return uses_.contains(module); }

  const std::map<std::string, std::set<std::string>>& uses() const { return uses_; }

  ModuleTable Without(const std::string& module, const std::string& used) const {
    ModuleTable table = *this;
    table.uses_[module].erase(used);
    return table;
  }

  // Library code follows the table, itself included. Tests may use `testing` too, and whatever the
  // two stand on. A tool may use any module but `testing`, and no other tool.
  bool MayInclude(std::string_view file, const std::string& target_module) const {
    const std::string module = ModuleOf(file);
    if (module == target_module) return true;
    if (IsTest(file) && (Reaches(module, target_module) || Reaches("testing", target_module))) {
      return true;
    }
    if (!Has(module)) {
      return Has(target_module) &&
             (target_module != "testing" || IsTest(file) || module == "bench");
    }
    return uses_.at(module).contains(target_module);
  }

 private:
  // The table is short and CMake refuses circles in it, so the walk ends.
  bool Reaches(const std::string& from, const std::string& to) const {
    if (from == to) return true;
    const auto uses = uses_.find(from);
    return uses != uses_.end() &&
           std::ranges::any_of(uses->second, [&](const auto& used) { return Reaches(used, to); });
  }

  std::map<std::string, std::set<std::string>> uses_;
};

TEST(Tidy, EveryIncludeIsAnArrowOfTheModuleTable) {
  const ModuleTable table;
  size_t checked = 0;
  for (const std::string& file : CodeFiles()) {
    for (const Include& include : IncludesOf(file)) {
      if (!include.quoted) continue;
      ++checked;
      const std::string target_module = include.target.substr(0, include.target.find('/'));
      EXPECT_TRUE(table.MayInclude(file, target_module))
          << include.line << "\nlib/modules.txt has no arrow from " << ModuleOf(file) << " to "
          << target_module;
    }
  }
  EXPECT_GT(checked, 0u);
}

// What library code includes needs the arrow; what a test includes, if it is allowed by no other.
TEST(Tidy, EveryArrowOfTheModuleTableIsUsed) {
  const ModuleTable table;
  std::set<std::pair<std::string, std::string>> used;
  for (const std::string& file : CodeFiles()) {
    const std::string module = ModuleOf(file);
    if (!table.Has(module)) continue;
    for (const Include& include : IncludesOf(file)) {
      const std::string target = include.target.substr(0, include.target.find('/'));
      if (!IsTest(file) || !table.Without(module, target).MayInclude(file, target)) {
        used.emplace(module, target);
      }
    }
  }
  for (const auto& [module, targets] : table.uses()) {
    for (const std::string& target : targets) {
      EXPECT_TRUE(used.contains({module, target}))
          << "lib/modules.txt: nothing in " << module << " includes " << target;
    }
  }
}

// A library of others, the only places that may include it, and whether a header may.
struct HiddenLibrary {
  std::string_view header_prefix;
  std::vector<std::string_view> modules;
  bool in_headers_too = false;
};

TEST(Tidy, EveryForeignLibraryIsHiddenByItsModule) {
  const std::vector<HiddenLibrary> libraries = {
      {"tl/expected.hpp", {"base"}, true},
      {"utf8proc.h", {"base"}},
      {"isa-l.h", {"checksum"}},
      {"xxhash.h", {"checksum"}},
      {"openssl/", {"checksum", "encryption"}},
      {"sodium.h", {"encryption"}},
      {"yaml.h", {"yaml"}},
      {"rapidjson/", {"json"}},
      {"curl/", {"live"}},
      {"google/protobuf/", {"raft"}},
      {"proto/", {"raft"}},
      {"CLI/", {"app"}},
  };
  for (const std::string& file : CodeFiles()) {
    if (IsTest(file) || ModuleOf(file) == "testing") continue;
    for (const Include& include : IncludesOf(file)) {
      const auto library = std::ranges::find_if(libraries, [&](const HiddenLibrary& candidate) {
        return include.target.starts_with(candidate.header_prefix);
      });
      if (library == libraries.end()) continue;
      EXPECT_NE(std::ranges::find(library->modules, ModuleOf(file)), library->modules.end())
          << include.line << "\nonly " << library->modules.front() << " may include it";
      EXPECT_TRUE(file.ends_with(".cc") || library->in_headers_too)
          << include.line << "\nonly .cc files may include it";
    }
  }
}

TEST(Tidy, EveryHeaderIsIncludedBySomeone) {
  std::set<std::string> included;
  for (const std::string& file : CodeFiles()) {
    for (const Include& include : IncludesOf(file)) included.insert(include.target);
  }
  for (const std::string& file : CodeFiles()) {
    if (!file.ends_with(".h")) continue;
    const std::string name = file.starts_with("lib/") ? file.substr(4) : file;
    EXPECT_TRUE(included.contains(name)) << file << " is dead";
  }
}

bool IsIdentifierByte(char byte) {
  return std::isalnum(static_cast<unsigned char>(byte)) != 0 || byte == '_';
}

// Whether `word` stands in `text` and is not merely a part of a longer identifier.
bool HasWord(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !IsIdentifierByte(text[at - 1]);
    const bool ends =
        end == text.size() || !IsIdentifierByte(word.back()) || !IsIdentifierByte(text[end]);
    if (begins && ends) return true;
  }
  return false;
}

TEST(Tidy, NothingPrintsButOutputAppAndMain) {
  constexpr std::array kPrinting = {"printf("sv,  "fprintf("sv, "puts("sv,      "fputs("sv,
                                    "putchar("sv, "fwrite("sv,  "perror("sv,    "cout"sv,
                                    "cerr"sv,     "clog"sv,     "fmt::print"sv, "<iostream>"sv};
  for (const std::string& file : CodeFiles()) {
    const std::string module = ModuleOf(file);
    const bool may_print = module == "output" || module == "app" || module == "bench" ||
                           file.ends_with("main.cc") || IsTest(file);
    if (may_print) continue;
    for (const Line& line : LinesOf(file, Comments::kRemoved)) {
      for (const std::string_view word : kPrinting) {
        EXPECT_FALSE(HasWord(line.text, word)) << line << "\nlibrary code does not print";
      }
    }
  }
}

// Bytes of a file become numbers in base/bytes.h only. To take an address as a number is another
// matter: who maps memory must.
TEST(Tidy, OnlyBaseReinterpretsBytes) {
  // Split, so that these lines are not among those that the test looks for.
  constexpr std::string_view kCast =
      "reinterpret"
      "_cast<";
  constexpr std::array kAddresses = {"uintptr_t>"sv, "void*>"sv};
  for (const std::string& file : CodeFiles()) {
    if (ModuleOf(file) == "base") continue;
    for (const Line& line : LinesOf(file, Comments::kRemoved)) {
      const size_t at = line.text.find(kCast);
      if (at == line.text.npos) continue;
      const std::string_view target = std::string_view(line.text).substr(at + kCast.size());
      EXPECT_TRUE(std::ranges::any_of(
          kAddresses, [&](const std::string_view address) { return target.starts_with(address); }))
          << line << "\nuse base/bytes.h";
    }
  }
}

TEST(Tidy, NoTabsAndNoTrailingBlanks) {
  constexpr std::array kExtensions = {".h"sv,  ".cc"sv,   ".proto"sv, ".txt"sv, ".cmake"sv,
                                      ".md"sv, ".json"sv, ".py"sv,    ".1"sv};
  std::vector<std::string> files = {"README.md", "CONTRIBUTING.md", "CHANGELOG.md",
                                    "CMakeLists.txt", "CMakePresets.json"};
  std::ranges::move(FilesBelow("cmake", kExtensions), std::back_inserter(files));
  std::ranges::move(FilesBelow("docs", kExtensions), std::back_inserter(files));
  for (const std::string_view folder : kFoldersWithCode) {
    std::ranges::move(FilesBelow(folder, kExtensions), std::back_inserter(files));
  }
  for (const std::string& file : files) {
    const std::vector<Line> lines = LinesOf(file, Comments::kKept);
    EXPECT_FALSE(lines.empty()) << file << " is empty or missing";
    const bool shows_output = file.ends_with(".md");  // etcd's own layout has tabs
    for (const Line& line : lines) {
      EXPECT_TRUE(shows_output || !Contains(line.text, "\t")) << line << "\ntab";
      EXPECT_FALSE(line.text.ends_with(' ')) << line << "\ntrailing blank";
    }
  }
}

// clang-format keeps code within the limit; comments it leaves as they are.
TEST(Tidy, NoCommentGoesBeyond100Columns) {
  for (const std::string& file : CodeFiles()) {
    for (const Line& line : LinesOf(file, Comments::kKept)) {
      const size_t begin = line.text.find_first_not_of(' ');
      const bool is_comment =
          begin != line.text.npos && std::string_view(line.text).substr(begin).starts_with("//");
      EXPECT_FALSE(is_comment && line.text.size() > 100) << line;
    }
  }
}

}  // namespace
}  // namespace etcdf
