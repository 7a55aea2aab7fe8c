// Tools, called in process.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "app/process.h"
#include "testing/datadriven.h"

namespace etcdf::testing {

struct ToolRun {
  app::ExitCode exit_code = app::ExitCode::kFailed;
  std::string out = {};
  std::string err = {};
};
ToolRun RunTool(app::Tool tool, std::vector<std::string> arguments);

// For DataDriven::OnTool.
ToolMain MainOf(app::Tool tool);

// A driver that knows, besides what every driver does,
//
//     NAME ARGUMENTS...             runs the tool
//     while-held FILE ARGUMENTS...  runs it while FILE is locked as bbolt locks it (bolt_unix.go)
//     sha256-trailer FILE [OF]      adds what `snapshot save` ends a file with; that of OF
//     cut FILE SIZE                 cuts the file to SIZE bytes
//     fifo FILE, empty FILE         makes one
//     show FILE                     what a tool wrote
DataDriven DriverFor(const std::string& name, app::Tool tool,
                     const std::filesystem::path& testdata);

// What etcd's own tools printed about fixtures, recorded in `testdata`/golden/FIXTURE: command
// lines (X.cmd) and their stdout (X.txt), byte for byte.
struct GoldenTool {
  std::string upstream;  // the words that its command lines begin with: "etcdutl snapshot status"
  app::Tool tool = nullptr;
  // The arguments of ours in place of the recorded ones, if they are not the same; may be null.
  std::function<std::vector<std::string>(std::vector<std::string> recorded,
                                         std::string_view expected)>
      translate = {};
};

// Registers a test for each fixture with such command lines: ours prints the same, ends with 0 and
// leaves the fixture as it was. None at all is a failing test. For a call at static initialisation.
void RegisterGoldenTests(const std::string& suite, const std::filesystem::path& testdata,
                         const GoldenTool& golden);

}  // namespace etcdf::testing
