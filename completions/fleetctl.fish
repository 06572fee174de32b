# Completion of fleetctl for fish. Made from the command tree by `fleetctl completion fish`.
# Everything is answered from the tables below, but for names that only a fleet.yaml knows.

function __fleetctl_takes --description 'Whether the option $2 takes a word, in the command $1'
    contains -- $argv[2] $__fleetctl_take; and not contains -- "$argv[1]:$argv[2]" $__fleetctl_flags
end

function __fleetctl_words --description 'The words before the cursor, without those that options take'
    set -l skip
    set -l ended
    set -l first
    for word in (commandline -opc)[2..]
        if set -q skip[1]
            set skip
        else if test -z "$ended" -a "$word" = --
            set ended 1
        else if test -z "$ended"; and string match -q -- '-*' $word
            __fleetctl_takes "$first" $word; and set skip 1
        else
            test -z "$first"; and set first $word
            echo $word
        end
    end
end

function __fleetctl_at --description 'Whether the command is one of these; without any, whether it is still to come'
    set -l words (__fleetctl_words)
    if test (count $argv) -eq 0
        not set -q words[1]
    else
        contains -- "$words[1]" $argv
    end
end

function __fleetctl_first --description 'Whether nothing but the command has been given'
    test (count (__fleetctl_words)) -eq 1
end

function __fleetctl_fleet --description 'The fleet file that is chosen'
    set -l next
    set -l fleet
    set -l first (__fleetctl_words)[1]
    set -l seen
    for word in (commandline -opc)[2..]
        test "$word" = "$first"; and set seen $first
        if set -q next[1]
            set fleet $word
            set next
        end
        switch $word
            case -f --fleet
                __fleetctl_takes "$seen" $word; and set next 1
            case '--fleet=*'
                set fleet (string replace -- --fleet= '' $word)
            case '-f?*'
                set fleet (string sub -s 3 -- $word)
        end
    end
    echo "$fleet"
end

function __fleetctl_ask --description 'Names that only the program knows ($1, those first that are $2)'
    string match -q -- '-*' (commandline -ct); and return
    set -l program (commandline -opc)[1]
    set -q __fleetctl_program; and set program $__fleetctl_program
    set program[1] (string replace -r '^~/' "$HOME/" -- $program[1])
    type -q $program[1]; or set program fleetctl
    # Python shall not look for its modules in the folder at hand.
    set -q program[2]; and set -lx PYTHONSAFEPATH 1
    set -l given (__fleetctl_words)[2..]
    command $program _complete $argv[1] "$argv[2]" (commandline -ct) (__fleetctl_fleet) $given 2>/dev/null
end

function __fleetctl_files --description 'Files of these endings, and folders'
    set -l typed (string replace -r -- '^--[a-z-]+=' '' (commandline -ct))
    set -l found (complete -C "__fish_command_without_completions $typed")
    # What follows the tab is the description: none, where fish would repeat the option's.
    for ending in $argv
        string match -r -- ".*\.$ending\$" $found | string replace -r '$' \t
    end
    string match -r -- '.*/$' $found | string replace -r '$' \t
end

function __fleetctl_module --description 'python -m fleetctl: as if fleetctl stood there'
    set -l words (commandline -opc)
    set -g __fleetctl_program $words[1] -m fleetctl
    complete -C "fleetctl "(string join ' ' -- (string escape -- $words[4..]) (commandline -ct))
    set -e __fleetctl_program
end

function __fleetctl_is_module
    set -l words (commandline -opc)
    test "$words[2..3]" = '-m fleetctl'
end

function __fleetctl_commands
    printf '%s\t%s\n' start 'Start what isn\'t running; return when ready'
    printf '%s\t%s\n' restart 'Restart node by node, each ready first'
    printf '%s\t%s\n' stop 'Ask for a warm shutdown, and return'
    printf '%s\t%s\n' stopwait 'Ask for a warm shutdown, and watch it'
    printf '%s\t%s\n' kill 'SIGKILL to nodes and all they started'
    printf '%s\t%s\n' init 'Make a first fleet.yaml from what you have'
    printf '%s\t%s\n' status 'Show what every node is doing'
    printf '%s\t%s\n' show 'Print the equivalent celery commands'
    printf '%s\t%s\n' names 'List node names, one a line'
    printf '%s\t%s\n' history 'Tell who did what and when'
    printf '%s\t%s\n' logs 'Show and follow the nodes\' logs, merged'
    printf '%s\t%s\n' validate 'Check fleet.yaml: every problem at once'
    printf '%s\t%s\n' schema 'Print the JSON Schema of fleet.yaml'
    printf '%s\t%s\n' upgrade-settings 'Give Celery settings their lowercase names'
    printf '%s\t%s\n' completion 'Complete everything by TAB in bash, zsh and fish'
    printf '%s\t%s\n' help 'Show what a command does, with examples'
end

set -g __fleetctl_take -f --fleet --color --timeout --batch -o --output -A --app --from --since -n --lines --until -l --level -g --grep -t --task --namespace
set -g __fleetctl_flags init:-n logs:-f
complete -c fleetctl -f
complete -c fleetctl -n __fleetctl_at -k -a '(__fleetctl_commands)'
complete -c fleetctl -n __fleetctl_at -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n __fleetctl_at -l version -d 'Show the version'
complete -c fleetctl -n __fleetctl_at -l color -x -k -a 'auto\t always\t never\t' -d 'auto (as NO_COLOR and FORCE_COLOR say), always, never'
complete -c fleetctl -n __fleetctl_at -s q -l quiet -d 'Say only what went wrong'
complete -c fleetctl -n __fleetctl_at -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n __fleetctl_at -s h -l help -d 'Show this help'
complete -c fleetctl -n '__fleetctl_at start' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at start' -l timeout -x -k -a '30s\t 90s\t 5m\t 10m\t 1h\t' -d 'Stop waiting after this long: exit 4; what isn\'t ready goes on starting'
complete -c fleetctl -n '__fleetctl_at start' -l wait -l no-wait -d 'Return when ready, or as soon as spawned'
complete -c fleetctl -n '__fleetctl_at start' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at start' -x -k -a '(__fleetctl_ask nodes stopped)'
complete -c fleetctl -n '__fleetctl_at restart' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at restart' -l batch -x -d 'So many nodes at a time; default: 1'
complete -c fleetctl -n '__fleetctl_at restart' -l all-at-once -d 'All nodes together: nobody consumes meanwhile'
complete -c fleetctl -n '__fleetctl_at restart' -l timeout -x -k -a '30s\t 90s\t 5m\t 10m\t 1h\t' -d 'Halt if a node isn\'t ready so long after its start; the drain isn\'t counted'
complete -c fleetctl -n '__fleetctl_at restart' -l preflight -l no-preflight -d 'First import the app and parse the options in a probe; stop nothing for faults'
complete -c fleetctl -n '__fleetctl_at restart' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at restart' -x -k -a '(__fleetctl_ask nodes running)'
complete -c fleetctl -n '__fleetctl_at stop' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at stop' -l now -d 'Don\'t wait for tasks: cut them off, and say which were lost'
complete -c fleetctl -n '__fleetctl_at stop' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at stop' -x -k -a '(__fleetctl_ask nodes running)'
complete -c fleetctl -n '__fleetctl_at stopwait' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at stopwait' -l timeout -x -k -a '30s\t 90s\t 5m\t 10m\t 1h\t' -d 'Stop waiting after this long (90, 90s, 10m): exit 4, and nothing is sent'
complete -c fleetctl -n '__fleetctl_at stopwait' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at stopwait' -x -k -a '(__fleetctl_ask nodes running)'
complete -c fleetctl -n '__fleetctl_at kill' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at kill' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at kill' -x -k -a '(__fleetctl_ask nodes running)'
complete -c fleetctl -n '__fleetctl_at init' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at init' -s o -l output -x -k -a '(__fleetctl_files yaml yml)' -d 'Where to write; default: ./fleet.yaml'
complete -c fleetctl -n '__fleetctl_at init' -s n -l dry-run -d 'Show it, write nothing'
complete -c fleetctl -n '__fleetctl_at init' -s A -l app -x -d 'The Celery app, as for celery -A'
complete -c fleetctl -n '__fleetctl_at init' -l from -r -F -d 'Go by this Procfile, systemd unit, supervisord.conf or /etc/default/celeryd'
complete -c fleetctl -n '__fleetctl_at init' -l adopt -d 'Go by the workers that run, and take them over'
complete -c fleetctl -n '__fleetctl_at init' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at status' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at status' -s w -l watch -d 'Refresh every second until ^C'
complete -c fleetctl -n '__fleetctl_at status' -l json -d 'Machine-readable, on stdout'
complete -c fleetctl -n '__fleetctl_at status' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at status' -x -k -a '(__fleetctl_ask nodes )'
complete -c fleetctl -n '__fleetctl_at show' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at show' -l reveal -d 'Don\'t mask secrets'
complete -c fleetctl -n '__fleetctl_at show' -l json -d 'Machine-readable, on stdout'
complete -c fleetctl -n '__fleetctl_at show' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at show' -x -k -a '(__fleetctl_ask nodes )'
complete -c fleetctl -n '__fleetctl_at names' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at names' -l json -d 'Machine-readable, on stdout'
complete -c fleetctl -n '__fleetctl_at names' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at names' -x -k -a '(__fleetctl_ask nodes )'
complete -c fleetctl -n '__fleetctl_at history' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at history' -l since -x -k -a '1h\t 12h\t 1d\t 7d\t' -d 'All since then: 2h or 3d ago, at 14:05, or at 2026-11-22T20:15'
complete -c fleetctl -n '__fleetctl_at history' -s n -x -d 'The last N; 50 unless --since is given'
complete -c fleetctl -n '__fleetctl_at history' -l json -d 'Machine-readable, on stdout'
complete -c fleetctl -n '__fleetctl_at history' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at history' -x -k -a '(__fleetctl_ask nodes )'
complete -c fleetctl -n '__fleetctl_at logs' -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at logs' -s f -l follow -d 'Go on with what is written, until ^C'
complete -c fleetctl -n '__fleetctl_at logs' -s n -l lines -x -k -a '20\t 100\t 1000\t all\t' -d 'The last N records of each node, or all; 20 unless something is searched for'
complete -c fleetctl -n '__fleetctl_at logs' -l since -x -k -a '10m\t 1h\t 12h\t 1d\t' -d 'From then on: 10m or 2h ago, at 14:05, or at 2026-11-22T20:15 (local, unless it says Z)'
complete -c fleetctl -n '__fleetctl_at logs' -l until -x -k -a '10m\t 1h\t 12h\t 1d\t' -d 'Up to then'
complete -c fleetctl -n '__fleetctl_at logs' -s l -l level -x -k -a 'debug\t info\t warning\t error\t critical\t' -d 'That and above: debug, info, warning, error, critical'
complete -c fleetctl -n '__fleetctl_at logs' -s g -l grep -x -d 'Records it is found in, tracebacks included'
complete -c fleetctl -n '__fleetctl_at logs' -s v -l invert -d 'Records that --grep is not found in'
complete -c fleetctl -n '__fleetctl_at logs' -s i -l ignore-case -d '--grep regardless of case'
complete -c fleetctl -n '__fleetctl_at logs' -s t -l task -x -d 'What is said of a task: its id or 8 first characters, its name or end of that'
complete -c fleetctl -n '__fleetctl_at logs' -l prefix -l no-prefix -d 'Whether lines bear their node\'s name'
complete -c fleetctl -n '__fleetctl_at logs' -l cut -d 'Cut long lines instead of wrapping'
complete -c fleetctl -n '__fleetctl_at logs' -l raw -d 'The bytes of the files: no names, no colours'
complete -c fleetctl -n '__fleetctl_at logs' -l json -d 'Machine-readable, on stdout'
complete -c fleetctl -n '__fleetctl_at logs' -l paths -d 'Only say which files'
complete -c fleetctl -n '__fleetctl_at logs' -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at logs' -x -k -a '(__fleetctl_ask nodes )'
complete -c fleetctl -n '__fleetctl_at validate' -s f -l fleet -x -k -a '(__fleetctl_files yaml yml)' -d 'The fleet.yaml; default: $FLEETCTL_FLEET, else upward from here'
complete -c fleetctl -n '__fleetctl_at validate' -l json -d 'Machine-readable, on stdout'
complete -c fleetctl -n '__fleetctl_at validate' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at schema' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l check -d 'Write nothing; exit 1 if anything would change'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l diff -d 'Write nothing; show what would change'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l django -d 'The files are read with namespace=\'CELERY\', as Django\'s'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l namespace -x -k -a 'CELERY\t' -d 'The files are read by this namespace'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l comments -d 'Rename commented-out settings, too'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l verify -d 'Load the configuration with Celery before and after; compare'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l backup -l no-backup -d 'Keep the old file as NAME.orig'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -l json -d 'Machine-readable, on stdout'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at upgrade-settings' -r -F
complete -c fleetctl -n '__fleetctl_at completion' -l install -d 'Write it where the shell looks for it'
complete -c fleetctl -n '__fleetctl_at completion' -l uninstall -d 'Remove it from there'
complete -c fleetctl -n '__fleetctl_at completion' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at completion' -n __fleetctl_first -x -k -a 'bash\t zsh\t fish\t'
complete -c fleetctl -n '__fleetctl_at help' -s v -l verbose -d 'Show the commands run and signals sent, on stderr'
complete -c fleetctl -n '__fleetctl_at help' -n __fleetctl_first -x -k -a '(__fleetctl_commands)'
complete -c fleetctl -n '__fleetctl_at start restart stop stopwait kill init status show names history logs validate schema upgrade-settings completion help' -l color -x -k -a 'auto\t always\t never\t' -d 'auto (as NO_COLOR and FORCE_COLOR say), always, never'
complete -c fleetctl -n '__fleetctl_at start restart stop stopwait kill init status show names history logs validate schema upgrade-settings completion help' -s q -l quiet -d 'Say only what went wrong'
complete -c fleetctl -n '__fleetctl_at start restart stop stopwait kill init status show names history logs validate schema upgrade-settings completion help' -s h -l help -d 'Show this help'
for python in python python3
    complete -c $python -n __fleetctl_is_module -f -k -a '(__fleetctl_module)'
end
