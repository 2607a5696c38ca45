# Says of each attempt, in a line, STATE NUMBER SIZE: ended CODE, running PID, vanished 0, absent 0; and its output's size.
#   $1 its mark   $2 its folder   and so on

# Sets word and number.
look() {
    word=absent number=0
    if [ -f "$2/exit" ] && [ ! -L "$2/exit" ] && read -r number rest <"$2/exit"; then
        case $number in
            [0-9]|[0-9][0-9]|[0-9][0-9][0-9]) word=ended; return ;;
        esac
    fi
    number=0
    if [ -f "$2/identity" ] && [ ! -L "$2/identity" ] && read -r kernel watcher watched pid began rest <"$2/identity"; then
        word=vanished
        if [ "$kernel" = "$boot" ] && { is_alive "$pid" "$began" || is_alive "$watcher" "$watched"; }; then
            word=running number=$pid
        fi
    elif [ -d "$2/claim" ] && [ ! -e "$2/claim/void" ]; then
        word=vanished
        for entry in /proc/[0-9]*; do
            is_marked "${entry#/proc/}" "$1" && word=running && return
        done
    fi
}

read -r boot </proc/sys/kernel/random/boot_id
while [ $# -gt 1 ]; do
    look "$1" "$2"
    # The code may have been written between the look for it and the look for the process.
    [ "$word" = vanished ] && look "$1" "$2"
    size=0
    [ -f "$2/output.log" ] && [ ! -L "$2/output.log" ] && size=$(stat -c %s "$2/output.log")
    printf '%s %s %s\n' "$word" "$number" "${size:-0}"
    shift 2
done
