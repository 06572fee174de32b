# Completion of fleetctl for bash. Made from the command tree by `fleetctl completion bash`.
# Everything is answered from the tables below, but for names that only a fleet.yaml knows.

_fleetctl_table() {
    # What is known of a command (of the program itself: ''): an option an element, as
    # flags, what it takes, what it means; `argument` is what the arguments are.
    options=() argument=
    case $1 in
        '')
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--version\t\tShow the version'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            ;;
        start)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--timeout\twords 30s 90s 5m 10m 1h\tStop waiting after this long: exit 4; what isn\'t ready goes on starting'
                $'--wait --no-wait\t\tReturn when ready, or as soon as spawned'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes stopped'
            ;;
        restart)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--batch\tany\tSo many nodes at a time; default: 1'
                $'--all-at-once\t\tAll nodes together: nobody consumes meanwhile'
                $'--timeout\twords 30s 90s 5m 10m 1h\tHalt if a node isn\'t ready so long after its start; the drain isn\'t counted'
                $'--preflight --no-preflight\t\tFirst import the app and parse the options in a probe; stop nothing for faults'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes running'
            ;;
        stop)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--now\t\tDon\'t wait for tasks: cut them off, and say which were lost'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes running'
            ;;
        stopwait)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--timeout\twords 30s 90s 5m 10m 1h\tStop waiting after this long (90, 90s, 10m): exit 4, and nothing is sent'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes running'
            ;;
        kill)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes running'
            ;;
        init)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'-o --output\tfiles yaml yml\tWhere to write; default: ./fleet.yaml'
                $'-n --dry-run\t\tShow it, write nothing'
                $'-A --app\tany\tThe Celery app, as for celery -A'
                $'--from\tfiles\tGo by this Procfile, systemd unit, supervisord.conf or /etc/default/celeryd'
                $'--adopt\t\tGo by the workers that run, and take them over'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            ;;
        status)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'-w --watch\t\tRefresh every second until ^C'
                $'--json\t\tMachine-readable, on stdout'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes'
            ;;
        show)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--reveal\t\tDon\'t mask secrets'
                $'--json\t\tMachine-readable, on stdout'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes'
            ;;
        names)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--json\t\tMachine-readable, on stdout'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes'
            ;;
        history)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--since\twords 1h 12h 1d 7d\tAll since then: 2h or 3d ago, at 14:05, or at 2026-11-22T20:15'
                $'-n\tany\tThe last N; 50 unless --since is given'
                $'--json\t\tMachine-readable, on stdout'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes'
            ;;
        logs)
            options=(
                $'--fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'-f --follow\t\tGo on with what is written, until ^C'
                $'-n --lines\twords 20 100 1000 all\tThe last N records of each node, or all; 20 unless something is searched for'
                $'--since\twords 10m 1h 12h 1d\tFrom then on: 10m or 2h ago, at 14:05, or at 2026-11-22T20:15 (local, unless it says Z)'
                $'--until\twords 10m 1h 12h 1d\tUp to then'
                $'-l --level\twords debug info warning error critical\tThat and above: debug, info, warning, error, critical'
                $'-g --grep\tany\tRecords it is found in, tracebacks included'
                $'-v --invert\t\tRecords that --grep is not found in'
                $'-i --ignore-case\t\t--grep regardless of case'
                $'-t --task\tany\tWhat is said of a task: its id or 8 first characters, its name or end of that'
                $'--prefix --no-prefix\t\tWhether lines bear their node\'s name'
                $'--cut\t\tCut long lines instead of wrapping'
                $'--raw\t\tThe bytes of the files: no names, no colours'
                $'--json\t\tMachine-readable, on stdout'
                $'--paths\t\tOnly say which files'
                $'--verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='nodes'
            ;;
        validate)
            options=(
                $'-f --fleet\tfiles yaml yml\tThe fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
                $'--json\t\tMachine-readable, on stdout'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            ;;
        schema)
            options=(
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            ;;
        upgrade-settings)
            options=(
                $'--check\t\tWrite nothing; exit 1 if anything would change'
                $'--diff\t\tWrite nothing; show what would change'
                $'--django\t\tThe files are read with namespace=\'CELERY\', as Django\'s'
                $'--namespace\twords CELERY\tThe files are read by this namespace'
                $'--comments\t\tRename commented-out settings, too'
                $'--verify\t\tLoad the configuration with Celery before and after; compare'
                $'--backup --no-backup\t\tKeep the old file as NAME.orig'
                $'--json\t\tMachine-readable, on stdout'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='files'
            ;;
        completion)
            options=(
                $'--install\t\tWrite it where the shell looks for it'
                $'--uninstall\t\tRemove it from there'
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='one words bash zsh fish'
            ;;
        help)
            options=(
                $'-v --verbose\t\tShow the commands run and signals sent, on stderr'
            )
            argument='one commands'
            ;;
    esac
    options+=(
        $'--color\twords auto always never\tauto (as NO_COLOR and FORCE_COLOR say), always, never'
        $'-q --quiet\t\tSay only what went wrong'
        $'-h --help\t\tShow this help'
    )
}

_fleetctl_commands=(
    $'start\tStart what isn\'t running; return when ready'
    $'restart\tRestart node by node, each ready first'
    $'stop\tAsk for a warm shutdown, and return'
    $'stopwait\tAsk for a warm shutdown, and watch it'
    $'kill\tSIGKILL to nodes and all they started'
    $'init\tMake a first fleet.yaml from what you have'
    $'status\tShow what every node is doing'
    $'show\tPrint the equivalent celery commands'
    $'names\tList node names, one a line'
    $'history\tTell who did what and when'
    $'logs\tShow and follow the nodes\' logs, merged'
    $'validate\tCheck fleet.yaml: every problem at once'
    $'schema\tPrint the JSON Schema of fleet.yaml'
    $'upgrade-settings\tGive Celery settings their lowercase names'
    $'completion\tComplete everything by TAB in bash, zsh and fish'
    $'help\tShow what a command does, with examples'
)

_fleetctl_split() {
    # The words of $1 as the shell will read them into words, the unfinished last one into cur;
    # quote is the quote that is still open.
    local line=$1 character next word= begun=
    local -i at
    words=() cur= quote=
    for ((at = 0; at < ${#line}; at++)); do
        character=${line:at:1} next=${line:at+1:1}
        if [[ $quote == "'" ]]; then
            if [[ $character == "'" ]]; then quote=; else word+=$character; fi
        elif [[ $character == \\ ]]; then
            [[ $quote && $next != [\\\$\`\"] ]] && word+=$character
            word+=$next begun=1
            at+=1
        elif [[ $quote ]]; then
            if [[ $character == '"' ]]; then quote=; else word+=$character; fi
        elif [[ $character == [\'\"] ]]; then
            quote=$character begun=1
        elif [[ $character == [[:space:]] ]]; then
            [[ $begun ]] && words+=("$word")
            word= begun=
        else
            word+=$character begun=1
        fi
    done
    cur=$word
}

_fleetctl_find() {
    # What the option $1 takes, into takes; false for what is none, or takes nothing.
    local option
    for option in "${options[@]}"; do
        if [[ " ${option%%$'\t'*} " == *" $1 "* ]]; then
            takes=${option#*$'\t'}
            takes=${takes%%$'\t'*}
            [[ $takes ]]
            return
        fi
    done
    return 1
}

_fleetctl_walk() {
    # Through the words before the cursor: the command, what it was given, the fleet file, and
    # in awaited what the word at the cursor is the value of.
    local word value
    local -i at
    for ((at = 1; at < ${#words[@]}; at++)); do
        word=${words[at]}
        if [[ ! $ended && $word == -- ]]; then
            ended=1
        elif [[ ! $ended && $word == -?* ]]; then
            value=
            if [[ $word == --*=* ]]; then
                value=${word#*=} word=${word%%=*}
            elif [[ $word == -[!-]?* ]] && _fleetctl_find "${word:0:2}"; then
                value=${word:2} word=${word:0:2}
            elif _fleetctl_find "$word"; then
                at+=1
                if ((at == ${#words[@]})); then awaited=$takes; else value=${words[at]}; fi
            fi
            used+=("$word")
            # To some commands -f is another thing, which takes no value.
            [[ $value && ($word == -f || $word == --fleet) ]] && fleet=$value
        elif [[ ! $command ]]; then
            command=$word
            _fleetctl_table "$command"
        else
            given+=("$word")
        fi
    done
}

_fleetctl_offer() {
    # Collect into names and texts what begins with what was typed.
    [[ $1 == "$typed"* ]] && names+=("$1") texts+=("$2")
}

_fleetctl_options() {
    local option flags flag text
    for option in "${options[@]}"; do
        flags=${option%%$'\t'*} text=${option##*$'\t'}
        if [[ $text != *… ]]; then
            for flag in "${used[@]}"; do
                [[ " $flags " == *" $flag "* ]] && continue 2
            done
        fi
        for flag in $flags; do
            # A short one only where it is the only one, or what was typed.
            [[ $flag == --* || $flags == "$flag" || $flag == "$typed" ]] &&
                _fleetctl_offer "$flag" "${text%…}"
        done
    done
}

_fleetctl_files() {
    # Folders, and files of these endings (of any, without one); a ~ stays as it was typed.
    local path seen=$typed tilde home ending
    if [[ $typed == "~"* ]]; then
        tilde=${typed%%/*}
        [[ $tilde == "~" || $tilde =~ ^~[A-Za-z0-9_.-]+$ ]] && eval "home=$tilde"
        seen=${home-$tilde}${typed:${#tilde}}
    fi
    compopt -o filenames 2>/dev/null
    for path in "$seen"*; do
        [[ -e $path ]] || continue
        if [[ ! -d $path && $1 ]]; then
            for ending in "$@"; do
                [[ $path == *."$ending" ]] && break
            done
            [[ $path == *."$ending" && $ending != folders ]] || continue
        fi
        [[ $tilde ]] && path=$tilde${path:${#home}}
        names+=("$path") texts+=('')
    done
}

_fleetctl_ask() {
    # Names that only the program knows: it reads fleet.yaml and the rundir, and imports nothing.
    local name text ran=$program PYTHONSAFEPATH=${PYTHONSAFEPATH-}
    [[ $ran == "~/"* ]] && ran=$HOME${ran:1}
    type "$ran" &>/dev/null || ran=fleetctl module=()
    # Python shall not look for its modules in the folder at hand.
    ((${#module[@]})) && export PYTHONSAFEPATH=1
    while IFS=$'\t' read -r name text; do
        _fleetctl_offer "$name" "$text"
    done < <("$ran" "${module[@]}" _complete "$1" "${2-}" "$typed" "$fleet" "${given[@]}" 2>/dev/null)
}

_fleetctl_values() {
    # By what is taken: words one two, files yaml yml, folders, commands, nodes running, queues.
    local word
    case $1 in
        words) for word in "${@:2}"; do _fleetctl_offer "$word" ''; done ;;
        commands)
            for word in "${_fleetctl_commands[@]}"; do
                _fleetctl_offer "${word%%$'\t'*}" "${word#*$'\t'}"
            done
            ;;
        files) _fleetctl_files "${@:2}" ;;
        folders) _fleetctl_files folders ;;
        nodes | queues) _fleetctl_ask "$@" ;;
    esac
}

_fleetctl_reply() {
    # As readline wants it: only what stands for the part that it will replace ($1), quoted; with
    # descriptions where several are listed and none will be inserted.
    local head=$before part=$1 text reply
    local -i at width=0
    local -a words
    local typed_so_far=$before$typed open=$quote cur quote
    # Within quotes there is nothing to unquote.
    if [[ $open ]]; then cur=$part; else _fleetctl_split "$part"; fi
    [[ $cur && $typed_so_far == *"$cur" ]] && head=${typed_so_far%"$cur"}
    [[ ! $cur ]] && head=$typed_so_far
    for text in "${names[@]}"; do ((${#text} > width)) && width=${#text}; done
    for ((at = 0; at < ${#names[@]}; at++)); do
        reply=$before${names[at]} reply=${reply#"$head"}
        [[ $open || $files ]] || printf -v reply %q "$reply"
        [[ $reply == "\\~"* ]] && reply=${reply:1}
        text=${texts[at]}
        if [[ $text ]] && ((${#names[@]} > 1)) && [[ ${COMP_TYPE-9} == @(9|33|63|64) ]]; then
            ((${#text} > ${COLUMNS:-80} - width - 6)) && text=${text:0:${COLUMNS:-80}-width-7}…
            printf -v reply '%-*s  (%s)' $((width - ${#names[at]} + ${#reply})) "$reply" "$text"
        fi
        COMPREPLY+=("$reply")
    done
}

_fleetctl() {
    local line=${COMP_LINE:0:COMP_POINT} first typed program quote cur
    local command= argument= fleet= takes= awaited= ended= before= files=
    local -a words options given=() used=() names=() texts=() module=() kinds
    local IFS=$' \t\n'
    COMPREPLY=()
    line=${line#"${line%%[![:space:]]*}"}
    first=${line%%[[:space:]]*}
    # An alias isn't expanded before its completion is asked for.
    [[ ${BASH_VERSINFO[0]} -ge 4 && $first && ${BASH_ALIASES[$first]-} ]] &&
        line=${BASH_ALIASES[$first]}${line#"$first"}
    _fleetctl_split "$line"
    program=${words[0]}
    if [[ ${words[1]-} == -m ]]; then
        module=(-m fleetctl) words=("${words[@]:2}")
    fi
    _fleetctl_table ''
    _fleetctl_walk
    typed=$cur
    if [[ $awaited ]]; then
        kinds=($awaited)
    elif [[ ! $ended && $cur == --*=* ]]; then
        before=${cur%%=*}= typed=${cur#*=}
        _fleetctl_find "${cur%%=*}" && kinds=($takes)
    elif [[ ! $ended && $cur == -[!-]?* ]] && _fleetctl_find "${cur:0:2}"; then
        before=${cur:0:2} typed=${cur:2} kinds=($takes)
    elif [[ ! $ended && $cur == -* ]]; then
        _fleetctl_options
    elif [[ ! $command ]]; then
        kinds=(commands)
    elif [[ $argument == one\ * ]]; then
        ((${#given[@]})) || kinds=(${argument#one })
    else
        kinds=($argument)
    fi
    [[ ${kinds[0]-} == @(files|folders) ]] && files=1
    ((${#kinds[@]})) && _fleetctl_values "${kinds[@]}"
    _fleetctl_reply "$2"
}

_fleetctl_python() {
    # python -m fleetctl; whatever else python is given is left to who completed it before.
    local theirs
    if [[ ${COMP_WORDS[1]-} == -m && ${COMP_WORDS[2]-} == fleetctl ]] && ((COMP_CWORD > 2)); then
        _fleetctl "$@"
        return
    fi
    if declare -F _completion_loader >/dev/null && [[ ! ${_fleetctl_loaded-} ]]; then
        _fleetctl_loaded=1
        _completion_loader python
        complete -F _fleetctl_python python python3
    fi
    for theirs in _comp_cmd_python _python; do
        if declare -F "$theirs" >/dev/null; then
            "$theirs" "$@"
            return
        fi
    done
    compopt -o bashdefault -o default 2>/dev/null
}

# In our own order, where bash can leave it to us.
complete -o nosort -F _fleetctl fleetctl 2>/dev/null || complete -F _fleetctl fleetctl
# Somebody's own completion of python is left alone.
[[ $(complete -p python 2>/dev/null) == @(|*' _python '*|*' _comp_cmd_python '*|*' _minimal '*) ]] &&
    complete -F _fleetctl_python python python3
