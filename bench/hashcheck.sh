#!/usr/bin/env bash
# hashcheck end to end on three databases of six million revisions that are the same but for one
# value in the middle of the third, side by side with `cksum` of one of them. Prints the markdown
# that docs/performance.md keeps.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: bench/hashcheck.sh [BIN]

BIN is the folder of the built programs (default: build/release/bin). The environment may set
  ETCDF_BENCH_DIR        where the generated databases are kept (default: build/bench); 4.2 GB,
                         which must fit into the page cache
  ETCDF_BENCH_REVISIONS  how many revisions each has (default: 6000000)
  ETCDF_BENCH_RUNS       runs of each command (default: 5)
USAGE
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  usage
  exit 0
fi
bin=${1:-build/release/bin}
revisions=${ETCDF_BENCH_REVISIONS:-6000000}
runs=${ETCDF_BENCH_RUNS:-5}
dir=${ETCDF_BENCH_DIR:-build/bench}
db=$dir/$revisions.db

mkdir -p "$dir"
if [[ ! -f $db ]]; then
  rm -f "$db.new"
  "$bin/generate-db" --out "$db.new" --revisions "$revisions"
  mv "$db.new" "$db"
fi
for copy in same altered; do cp "$db" "$dir/$copy.db"; done
# The last byte of the row of the middle revision belongs to a value.
python3 - "$dir/altered.db" "$((revisions / 2))" <<'ALTER'
import mmap, sys
with open(sys.argv[1], "r+b") as file, mmap.mmap(file.fileno(), 0) as data:
    row_key = int(sys.argv[2]).to_bytes(8, "big") + b"_" + bytes(8)
    next_key = (int(sys.argv[2]) + 1).to_bytes(8, "big") + b"_" + bytes(8)
    at = data.find(next_key, data.find(row_key + b"\n") + 17) - 1
    data[at] ^= 1
ALTER
bytes=$(wc -c <"$db")
cat "$db" "$dir"/{same,altered}.db >/dev/null # from here on they are in the page cache

measure() { bench/measure.py --runs "$runs" --bytes "$bytes" "$@"; }

cat <<HEADER
$(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1),
$(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 2^20}' /proc/meminfo) of memory, Linux $(uname -r), the files in the page cache;
$revisions revisions, $bytes bytes in each of three; $runs runs of each command.

| command | least s | median s | processor s | GB/s | peak anonymous MiB |
|---|--:|--:|--:|--:|--:|
HEADER
measure --label cksum -- cksum "$db"
measure --label 'hashcheck, one value differs' --exit 1 -- "$bin/hashcheck" "$db" "$dir"/{same,altered}.db
cp "$db" "$dir/altered.db"
measure --label 'hashcheck, all the same' -- "$bin/hashcheck" "$db" "$dir"/{same,altered}.db
measure --label cksum -- cksum "$db"
