"""What clang and clang-tidy say of the sources in a compilation database.

    tidy.py CLANG_TIDY BUILD_DIR SOURCE_DIR

Most of the time goes to the headers, and they are those of the standard library in every file: so files
are looked at a dozen at once, one after the other in one translation unit. Files of one folder are
spread over the units, since their private names may be the same. What is found in a unit is looked for
again in its halves, down to single files, and counts when it is found there.

Prints what is found, and exits 1 if that is anything.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

FILES_AT_ONCE = 12
CLANG_TIDY, BUILD_DIR, SOURCE_DIR = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
INCLUDE = re.compile(r"#include [<\"][^>\"]*[>\"]")
# Where begins what every program has, and every fuzz target: in a unit each has a name of its own.
ENTRY_POINT = re.compile(r"^(?:extern \"C\" )?int (?:main|LLVMFuzzerTestOneInput)(?=\(.*\{$)",
                         re.MULTILINE)


def options_of(command):
    """What a command says but for the compiler and the names of files."""
    words = shlex.split(command)
    compiler = next(i for i, word in enumerate(words) if "clang++" in word)
    words = words[compiler + 1:]
    named = {i + 1 for i, word in enumerate(words) if word in ("-o", "-c")}
    return [word for i, word in enumerate(words) if i not in named and word not in ("-o", "-c")]


def sources_by_options():
    """{options: {file}}, where those that have the fewer options are counted among those that have
    the same and more. Generated code is not ours."""
    options = {}
    for entry in json.loads((BUILD_DIR / "compile_commands.json").read_text(encoding="utf-8")):
        file = pathlib.Path(entry["file"])
        if file.is_relative_to(SOURCE_DIR) and not file.is_relative_to(BUILD_DIR):
            options.setdefault(file, tuple(options_of(entry["command"])))
    kinds = sorted(set(options.values()), key=len, reverse=True)
    found = {}
    for file, words in options.items():
        widest = next(kind for kind in kinds if set(words) <= set(kind))
        found.setdefault(widest, set()).add(file)
    return found


def spread(files):
    """The files in units of about FILES_AT_ONCE, those that stand together in different ones."""
    files = sorted(files)
    units = -(-len(files) // FILES_AT_ONCE)
    return [files[unit::units] for unit in range(units)]


def look_at(files, options):
    """What is found in the files as one translation unit: lines, in which files and lines are theirs."""
    text, origin, included = [], [], set()
    for file in files:
        source = ENTRY_POINT.sub(rf"\g<0>{len(text)}", file.read_text(encoding="utf-8"))
        lines = source.split("\n")
        origin += [(file, number) for number in range(1, len(lines) + 1)]
        text += ["" if line in included else line for line in lines]
        included.update(line for line in lines if INCLUDE.match(line))
    with tempfile.TemporaryDirectory() as folder:
        unit = pathlib.Path(folder) / "unit.cc"
        unit.write_text("\n".join(text), encoding="utf-8")
        run = subprocess.run(
            [CLANG_TIDY, "--quiet", f"--config-file={SOURCE_DIR / '.clang-tidy'}", str(unit), "--",
             *options], cwd=BUILD_DIR, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL, check=False)

        def name(match):
            file, number = origin[int(match[1]) - 1]
            return f"{file.relative_to(SOURCE_DIR)}:{number}"

        found = re.sub(rf"{re.escape(str(unit))}:(\d+)", name, run.stdout)
    return found if run.returncode == 0 or found else run.stderr


def findings_in(files, options):
    found = look_at(files, options)
    if not found or len(files) == 1:
        return found
    middle = len(files) // 2
    return findings_in(files[:middle], options) + findings_in(files[middle:], options)


def main():
    units = []
    for options, files in sources_by_options().items():
        tests = {file for file in files if file.name.endswith("_test.cc")}
        units += [(unit, options) for pile in (tests, files - tests) if pile for unit in spread(pile)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        found = list(workers.map(lambda unit: findings_in(*unit), units))
    sys.stdout.write("".join(found))
    count = sum(len(files) for files, _ in units)
    print(f"{count} files in {len(units)} units: {'see above' if any(found) else 'nothing found'}")
    sys.exit(any(found))


if __name__ == "__main__":
    main()
