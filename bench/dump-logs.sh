#!/usr/bin/env bash
# dump-logs end to end on a log of two million entries, side by side with `cksum` of the same files.
# Prints the markdown that docs/performance.md keeps.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: bench/dump-logs.sh [BIN]

BIN is the folder of the built programs (default: build/release/bin). The environment may set
  ETCDF_BENCH_DIR      where the generated log is kept (default: build/bench); 450 MB
  ETCDF_BENCH_ENTRIES  how many entries it has (default: 2000000)
  ETCDF_BENCH_RUNS     runs of each command (default: 7)
  ETCD_DUMP_LOGS       an etcd-dump-logs to measure beside ours
USAGE
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
  usage
  exit 0
fi
bin=${1:-build/release/bin}
entries=${ETCDF_BENCH_ENTRIES:-2000000}
runs=${ETCDF_BENCH_RUNS:-7}
dir=${ETCDF_BENCH_DIR:-build/bench}/wal-$entries

if [[ ! -d $dir ]]; then
  mkdir -p "$(dirname "$dir")"
  rm -rf "$dir.new"
  "$bin/generate-wal" --out "$dir.new" --entries "$entries"
  mv "$dir.new" "$dir"
fi
wal=("$dir"/member/wal/*.wal)
wal_bytes=$(cat "${wal[@]}" | wc -c) # reads every file: from here on they are in the page cache
middle=$((entries / 2))

measure() { bench/measure.py --runs "$runs" --bytes "$wal_bytes" "$@"; }

cat <<HEADER
$(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1),
$(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 2^20}' /proc/meminfo) of memory, Linux $(uname -r), files in the page cache;
$entries entries in ${#wal[@]} segments, $wal_bytes bytes; $runs runs of each command.

| command | least s | median s | processor s | GB/s | peak anonymous MiB |
|---|--:|--:|--:|--:|--:|
HEADER
measure --label cksum -- cksum "${wal[@]}"
if [[ -n ${ETCD_DUMP_LOGS:-} ]]; then
  bench/measure.py --runs 2 --bytes "$wal_bytes" --label 'etcd-dump-logs -start-index 1' -- \
    "$ETCD_DUMP_LOGS" -start-index 1 "$dir"
fi
ours() { measure --label "dump-logs $*" -- "$bin/dump-logs" "$@" "$dir"; }
ours --start-index 0
measure --label 'dump-logs --start-index 0 > pipe' --pipe -- "$bin/dump-logs" --start-index 0 "$dir"
ours --start-index 0 -w json
ours --start-index 0 -w csv
ours --start-index 0 --prefix /registry/leases/
ours --start-index 0 --stats
ours --start-index 0 --stats=prefix
ours --verify
ours --segments
ours --tail 10
ours --around "$middle"
