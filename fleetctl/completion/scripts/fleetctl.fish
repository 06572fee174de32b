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
#COMMANDS#
end

set -g __fleetctl_take #TAKE#
set -g __fleetctl_flags #FLAGS#
complete -c fleetctl -f
complete -c fleetctl -n __fleetctl_at -k -a '(__fleetctl_commands)'
#TABLE#
for python in python python3
    complete -c $python -n __fleetctl_is_module -f -k -a '(__fleetctl_module)'
end
