# Functions on the processes that a shell can see; goes before other scripts. Needs: tr, and /proc.

# Sets state, session and start of the process $1. The name of a program may hold blanks and brackets: fields are counted
# from the last bracket.
stat_of() {
    case $1 in ''|*[!0-9]*) return 1 ;; esac
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    set -- ${stat##*) }
    state=$1 session=$4 start=${20}
}

# Whether the process $1 that started at $2 is still there.
is_alive() {
    wanted=$2
    stat_of "$1" || return 1
    [ "$start" = "$wanted" ] && [ "$state" != Z ] && [ "$state" != X ]
}

# Whether the process $1 carries the mark $2 in its environment.
is_marked() {
    case $newline$({ tr '\0' '\n' <"/proc/$1/environ"; } 2>/dev/null)$newline in
        *"${newline}SLIPWAY_PROCESS=$2$newline"*) return 0 ;;
    esac
    return 1
}

# Sends the signal $1 to all that carry the mark $2 or belong to the session $3, but for $4 and this shell; tells whether
# there was one.
signal_marked() {
    found=1
    for entry in /proc/[0-9]*; do
        pid=${entry#/proc/}
        [ "$pid" != "$$" ] && [ "$pid" != "$4" ] && stat_of "$pid" && [ "$state" != Z ] && [ "$state" != X ] || continue
        if [ "$session" = "$3" ] || is_marked "$pid" "$2"; then
            kill -s "$1" "$pid" 2>/dev/null && found=0
        fi
    done
    return $found
}

# Kills them all, and what they fork meanwhile.
kill_marked() {
    rounds=0
    while [ "$rounds" -lt 50 ] && signal_marked KILL "$@"; do
        rounds=$((rounds + 1))
    done
}

newline='
'
