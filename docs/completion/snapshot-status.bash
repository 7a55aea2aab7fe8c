# bash completion for snapshot-status

_snapshot_status() {
  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
  # Bash takes `--check=quick` for three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi

  local words=
  case $option in
    -w | --write-out) words='simple table json fields' ;;
    --check) words='quick structure logical' ;;
  esac
  if [[ -z $words && $current == -* ]]; then
    words='--full --wal-dir --tmpdir --check --write-out --quiet --version --help'
  fi
  # Nothing to offer: readline completes file names (complete -o default).
  mapfile -t COMPREPLY < <([[ -z $words ]] || compgen -W "$words" -- "$current")
}

complete -o default -F _snapshot_status snapshot-status
