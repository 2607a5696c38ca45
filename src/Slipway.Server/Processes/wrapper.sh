#!/bin/sh
# Runs a program so that whoever asks later learns how it ended, whatever became of who started it.
#
#   sh FOLDER/wrapper.sh FOLDER OUTPUT PROGRAM [ARGUMENT...]
#
# FOLDER and OUTPUT are absolute. The program starts where this script was started, with the same environment, in a session
# of its own, with nothing to read and both its streams at the end of OUTPUT. What is left in FOLDER:
#
#   claim/    Made first. Who cannot make it starts nothing; with claim/void in it nobody starts anything any more.
#   identity  Before the program's first instruction, in one line: boot id, this shell's pid and start time, the program's pid
#             and start time. The start time is field 22 of /proc/PID/stat. Without this file no program was ever started.
#   refusal   Why the program could not be started, in one line; there is no identity then.
#   exit      The exit code as a shell counts it, 128 and the signal's number for a signal; 126 or 127 beside a refusal.
#
# identity, refusal and exit are on the disk before they have their names. Needs: sh mkdir mv setsid sleep, and /proc;
# takes env and sync where they are there.

# A file under the name $1 with the line $2 in it, all or nothing. Writes over what has been reserved, so that a full disk
# does not matter then; reads back, since not every shell reports what the disk refused.
keep() {
    { printf '%s\n' "$2" 1<>"$folder/.$1" && read -r kept <"$folder/.$1"; } 2>/dev/null || return 1
    [ "${kept%% *}" = "${2%% *}" ] || return 1
    flush "$folder/.$1"
    mv -f "$folder/.$1" "$folder/$1" 2>/dev/null || return 1
    flush "$folder"
}

# The program's PATH may be any; these lines need their own tools. Sets given to what PATH was.
use_own_tools() {
    given=$PATH
    PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
}

flush() {
    sync "$1" 2>/dev/null || sync 2>/dev/null || :
}

# Sets start. The name of a program may hold blanks and brackets: fields are counted from the last bracket.
find_start() {
    read -r start <"/proc/$1/stat" || return 1
    set -- ${start##*) }
    start=${20}
}

refuse() {
    keep refusal "$2"
    printf '%s\n' "$2" >&2
    exit "$1"
}

# Whether the program $1 can be started; a shell's own words are none.
check_program() {
    case $1 in
        */*) candidates=$1 ;;
        *) candidates= ;;
    esac
    if [ -n "$candidates" ]; then
        case $1 in
            -*) set -- "./$1" ;;
        esac
        [ -e "$1" ] || refuse 127 "There is no program '$1'."
        [ -f "$1" ] && [ -x "$1" ] || refuse 126 "Cannot be executed: '$1'."
        return
    fi
    rest=$given:
    while [ -n "$rest" ]; do
        directory=${rest%%:*}
        rest=${rest#*:}
        [ -f "${directory:-.}/$1" ] && [ -x "${directory:-.}/$1" ] && return
    done
    refuse 127 "There is no program '$1' in PATH."
}

# In the program's session: notes who it is, then becomes the program, which keeps pid and start time.
become() {
    folder=$1 watcher="$2 $3"
    shift 3
    use_own_tools
    check_program "$1"
    find_start "$$" && read -r boot </proc/sys/kernel/random/boot_id || exit 125
    keep identity "$boot $watcher $$ $start" || exit 125
    PATH=$given
    case $1 in
        -*/*)
            program=./$1
            shift
            exec "$program" "$@"
            ;;
    esac
    exec "$@"
}

watch() {
    # Ignored here, and given back to the program below: a group or a terminal that is told to end must not end the witness.
    trap '' HUP INT QUIT TERM USR1 USR2
    exec </dev/null >/dev/null 2>&1
    folder=$1 output=$2
    shift 2
    use_own_tools
    if ! mkdir "$folder/claim"; then
        [ -d "$folder/claim" ]
        exit
    fi

    # The room for the exit code is taken now, when a full disk only means that nothing starts.
    printf '   \n' >"$folder/.exit" && find_start "$$" || exit 125
    if ! true >>"$output"; then
        keep refusal "Cannot write to '$output'."
        keep exit 126
        exit 126
    fi
    exec 3>>"$output"

    # Some starters ignore SIGPIPE, and so would all below them; a shell cannot undo what it was born with, this can.
    if env --default-signal true; then reset="$(command -v env) --default-signal"; else reset=; fi
    setsid=$(command -v setsid) && sh=$(command -v sh) || exit 125
    (
        trap - HUP INT QUIT TERM USR1 USR2
        PATH=$given
        exec "$setsid" $reset "$sh" "$0" --become "$folder" "$$" "$start" "$@"
    ) >&3 2>&3 3>&-
    code=$?

    # An hour for a disk that is full to have room again; a folder that was removed has nobody who would ask.
    case $code in
        ?) code="$code  " ;;
        ??) code="$code " ;;
    esac
    tries=0
    until keep exit "$code" || [ "$tries" -ge 3600 ] || [ ! -d "$folder" ]; do
        tries=$((tries + 1))
        sleep 1
    done
}

# One line for the shell to read before anything runs: this file may be changed underneath it.
case $1 in
    --become) shift; become "$@" ;;
    *) watch "$@" ;;
esac
exit
