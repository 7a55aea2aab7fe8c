# bash completion for hashcheck

_hashcheck() {
  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
  # Bash takes `--value=hex` for three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi

  local words=
  case $option in
    -w | --write-out) words='text table json fields html' ;;
    --value) words='quoted hex base64 size none' ;;
  esac
  if [[ -z $words && $current == -* ]]; then
    words='--all --roll-forward --audit --best-member --write-out --out --value --redact --show-secrets --quiet --cacert --cert --key'
    words+=' --wal-dir --tmpdir --etcd-version --user --timeout --pull --version --help'
  fi
  # A member may be called so, too.
  if [[ $COMP_CWORD == 1 && -n $current && digest == "$current"* ]]; then words=digest; fi
  # Nothing to offer: readline completes file names (complete -o default).
  mapfile -t COMPREPLY < <([[ -z $words ]] || compgen -W "$words" -- "$current")
}

complete -o default -F _hashcheck hashcheck
