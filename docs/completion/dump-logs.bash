# bash completion for dump-logs

_dump_logs() {
  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} assigned=
  # Bash takes `--value=hex` for three words.
  if [[ $current == = ]]; then
    current=
    assigned=yes
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
    assigned=yes
  fi

  local words=
  case $option in
    -w | --write-out) words='text json csv' ;;
    --value) words='quoted hex base64 size none' ;;
    --stats) words=${assigned:+kind prefix key user lease proposer term} ;;
    --entry-type)
      words='ConfigChange Normal Request InternalRaftRequest IRRRange IRRPut IRRDeleteRange IRRTxn
        IRRCompaction IRRLeaseGrant IRRLeaseRevoke IRRLeaseCheckpoint'
      # A list with commas: complete its last name.
      local before=${current%"${current##*,}"}
      mapfile -t COMPREPLY < <(compgen -P "$before" -W "$words" -- "${current##*,}")
      return
      ;;
    --wal-dir | --tmpdir)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --stream-decoder)
      mapfile -t COMPREPLY < <(compgen -c -- "$current")
      return
      ;;
    --start-index | --end-index | --from | --to | --start-snap | --key | --prefix | --lease | \
      --term | --user | --proposer | --min-size | --tail | --around)
      return
      ;;
  esac
  if [[ -z $words && $current == -* ]]; then
    words='--wal-dir --tmpdir --start-index --end-index --from --to --start-snap --entry-type
      --decode-values --encryption-config --k8s-descriptors --redact-key
      --stream-decoder --raw --key --prefix --lease --term --user --proposer --min-size --tail
      --around --superseded --with-revisions --stats --segments --verify --redact --show-secrets --value
      --write-out --quiet --version --help'
  fi
  # Nothing to offer: readline completes file names (complete -o default).
  mapfile -t COMPREPLY < <([[ -z $words ]] || compgen -W "$words" -- "$current")
}

complete -o default -F _dump_logs dump-logs
