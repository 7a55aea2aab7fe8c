#!/usr/bin/env bash
# dump-db and snapshot-status end to end on databases of six million revisions, side by side with
# `cksum` of the same files. Prints the markdown that docs/performance.md keeps.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'USAGE'
usage: bench/dump-db.sh [BIN]

BIN is the folder of the built programs (default: build/release/bin). The environment may set
  ETCDF_BENCH_DIR        where the generated databases are kept (default: build/bench); 2.8 GB, and
                         half as much for the exports while they are measured
  ETCDF_BENCH_REVISIONS  how many revisions it has (default: 6000000)
  ETCDF_BENCH_RUNS       runs of each command (default: 5)
  ETCDCTL                an etcdctl of 3.4 to measure beside snapshot-status
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

generate() { # generate FILE OPTION...
  local file=$1
  shift
  [[ ! -f $file ]] || return 0
  mkdir -p "$dir"
  rm -f "$file.new"
  "$bin/generate-db" --out "$file.new" --revisions "$revisions" "$@"
  mv "$file.new" "$file"
}

distinct=$dir/$revisions-distinct.db # each revision writes a key of its own
generate "$db"
generate "$distinct" --keys "$revisions"
bytes=$(wc -c <"$db")
cat "$db" "$distinct" >/dev/null # from here on they are in the page cache

measure() { bench/measure.py --runs "$runs" --bytes "$bytes" "$@"; }
ours() {
  local verb=$1
  shift
  measure --label "dump-db $verb${*:+ $*}" -- "$bin/dump-db" "$verb" "$db" "$@"
}
exported() {
  measure --label "dump-db export --to $1" --fresh "$dir/export" -- \
    "$bin/dump-db" export "$db" --to "$1" --out "$dir/export"
}

cat <<HEADER
$(date -u +%F), $(nproc) cores of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1),
$(awk '/^MemTotal/ {printf "%.0f GiB", $2 / 2^20}' /proc/meminfo) of memory, Linux $(uname -r), the file in the page cache;
$revisions revisions, $bytes bytes; $runs runs of each command.

| command | least s | median s | processor s | GB/s | peak anonymous MiB |
|---|--:|--:|--:|--:|--:|
HEADER
measure --label cksum -- cksum "$db"
if [[ -n ${ETCDCTL:-} ]]; then
  ETCDCTL_API=3 measure --label 'etcdctl snapshot status' -- "$ETCDCTL" snapshot status "$db"
fi
measure --label snapshot-status -- "$bin/snapshot-status" "$db"
distinct_bytes=$(wc -c <"$distinct")
measure --bytes "$distinct_bytes" --label 'cksum, distinct keys' -- cksum "$distinct"
measure --bytes "$distinct_bytes" --label 'snapshot-status, distinct keys' -- "$bin/snapshot-status" "$distinct"
ours hash
ours hashkv
ours hashkv --rev "$((revisions / 2))"
ours check
ours keys --prefix /registry/pods/
ours iterate-bucket key --decode
ours space
ours churn
for target in lmdb json csv sqlite; do exported "$target"; done
