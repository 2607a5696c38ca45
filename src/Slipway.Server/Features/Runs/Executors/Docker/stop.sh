# Tells an attempt's processes to end: the program's session, and whatever carries the mark. Its wrapper stays, to note how.
#   $1 the attempt's folder   $2 its mark   $3 TERM or KILL
session_of_program=none watcher=none
if [ -f "$1/identity" ] && [ ! -L "$1/identity" ] && read -r kernel pid began program begun rest <"$1/identity"; then
    read -r boot </proc/sys/kernel/random/boot_id
    if [ "$kernel" = "$boot" ]; then
        is_alive "$pid" "$began" && is_marked "$pid" "$2" && watcher=$pid
        is_alive "$program" "$begun" && is_marked "$program" "$2" && [ "$session" = "$program" ] && session_of_program=$program
    fi
fi
if [ "$3" = KILL ]; then
    kill_marked "$2" "$session_of_program" "$watcher"
else
    # What was stopped hears nothing before it goes on.
    signal_marked TERM "$2" "$session_of_program" "$watcher"
    signal_marked CONT "$2" "$session_of_program" "$watcher"
fi
echo told
