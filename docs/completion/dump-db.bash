# bash completion for dump-db

_dump_db() {
  local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]}
  local verb=${COMP_WORDS[1]} words=
  # Bash takes `--value=hex` for three words.
  if [[ $current == = ]]; then
    current=
  elif [[ $option == = ]]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi

  if ((COMP_CWORD == 1)); then
    words='list-bucket iterate-bucket scan-keys hash hashkv get keys history objects diff timeline encryption leases
      members space churn export info pages page stats metas check salvage --version --help --help-all'
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  case $option in
    -w | --write-out)
      words='text json csv'
      [[ $verb == objects ]] && words='table json yaml name'
      [[ $verb == diff ]] && words='text json yaml table'
      [[ $verb == @(get|keys|history) ]] && words='text json yaml csv'
      [[ $verb == @(encryption|timeline) ]] && words='text json'
      [[ $verb == hashkv ]] && words='simple json fields table'
      [[ $verb == @(page|stats|metas|check) ]] && words='text json'
      ;;
    --value) words='quoted hex base64 size none' ;;
    --by)
      words='prefix kind namespace manager key'
      [[ $verb == timeline ]] && words='manager kind namespace minute'
      ;;
    --verb) words='create update delete' ;;
    --to)
      words='lmdb snapshot file sqlite json csv yaml'
      [[ $verb == salvage ]] && words='lmdb snapshot json csv'
      ;;
    --meta) words='0 1' ;;
    --wal-dir | --tmpdir)
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      return
      ;;
    --encryption-config | --k8s-descriptors | --redact-key)
      mapfile -t COMPREPLY < <(compgen -f -- "$current")
      return
      ;;
    --kind | --api-group | --namespace | --name | --manager | --fields | --since | --until | --around) return ;;
    --at-index | --limit | --rev | --time | --prefix | --depth | --top | --from-rev | --to-rev | --member) return ;;
  esac
  if [[ -z $words && $current == -* ]]; then
    local common='--write-out --tmpdir --quiet --help'
    case $verb in
      diff | scan-keys | info | pages | page | stats | metas | check) ;;
      *) common+=' --at-index --wal-dir' ;;
    esac
    case $verb in
      iterate-bucket) words="--limit --decode --value --redact --show-secrets --meta $common" ;;
      scan-keys) words="--value --redact --show-secrets --meta $common" ;;
      hashkv) words="--rev --time --meta $common" ;;
      get) words="--rev --time --encryption-config --k8s-descriptors --redact-key --value --redact --show-secrets --meta $common" ;;
      keys) words="--prefix --rev --time --encryption-config --k8s-descriptors --redact-key --value --redact --show-secrets --meta $common" ;;
      objects)
        words="--kind --api-group --namespace --name --prefix --encrypted --rev --time --history
          --encryption-config --k8s-descriptors --redact-key --redact --show-secrets --meta $common"
        ;;
      diff)
        words="--kind --api-group --namespace --name --prefix --all-fields --by-key --summary
          --encryption-config --k8s-descriptors --redact-key --redact --show-secrets $common"
        ;;
      timeline)
        words="--since --until --around --kind --api-group --namespace --name --prefix --manager --verb --fields
          --by --encryption-config --k8s-descriptors --redact-key --meta $common"
        ;;
      encryption) words="--encryption-config --meta $common" ;;
      space) words="--prefix --by --depth --top --encryption-config --meta $common" ;;
      churn) words="--from-rev --to-rev --prefix --by --depth --top --encryption-config --meta $common" ;;
      export)
        words='--to --out --kind --api-group --namespace --name --prefix --rev --undelete --clean --dry-run
          --encryption-config --k8s-descriptors --redact-key --with-wal --at-index --wal-dir --tmpdir --member
          --value --redact --show-secrets --meta --quiet --help'
        ;;
      salvage) words='--to --out --history --stale --with-wal --tmpdir --value --redact --show-secrets --quiet --help' ;;
      page) words="--redact --meta $common" ;;
      metas) words=$common ;;
      *) words="--meta $common" ;;
    esac
  elif [[ -z $words && $verb == iterate-bucket ]] && ((COMP_CWORD == 3)); then
    words='alarm auth authRoles authUsers cluster key lease members members_removed meta'
  fi
  # Nothing to offer: readline completes file names (complete -o default).
  mapfile -t COMPREPLY < <([[ -z $words ]] || compgen -W "$words" -- "$current")
}

complete -o default -F _dump_db dump-db
