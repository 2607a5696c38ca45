# The body of a batch job. Before it: folder and mark are set, program is a function that becomes the program, and the
# functions of processes.sh. After it: nothing.
#
#   job   A link whose text is the id of the one job that runs this attempt. The same job may come back: it was requeued.
#   exit  The exit code as a shell counts it, 128 and the signal's number for a signal.
#
# USR1 tells the program and all that belongs to it to end, USR2 kills them; this shell stays, to note how it ended. Slurm's own
# TERM, at a time limit or when somebody cancels the job, reaches the program without our help.

keep() {
    printf '%s\n' "$2" >"$folder/.$1" || return 1
    sync "$folder/.$1" 2>/dev/null
    mv -f "$folder/.$1" "$folder/$1"
}

# Signals the program and all that belongs to it with $1. Before its first instruction it does not carry the mark yet, and is
# told later.
tell() {
    later=
    if signal_marked "$1" "$mark" none none; then
        case $1 in
            KILL) kill_marked "$mark" none none ;;
            *) signal_marked CONT "$mark" none none ;;
        esac
    else
        later=$1
    fi
}

umask 077
if ! ln -s "$SLURM_JOB_ID" "$folder/job" 2>/dev/null && [ "$(readlink "$folder/job")" != "$SLURM_JOB_ID" ]; then
    echo "Another job runs this attempt: $(readlink "$folder/job")." >&2
    exit 1
fi
rm -f "$folder/exit"
later=
trap : HUP INT TERM
trap 'tell TERM' USR1
trap 'tell KILL' USR2
# The shell in the middle hears nothing, so that no wait for the program is ever broken off.
(
    trap '' HUP INT TERM USR1 USR2
    (trap - HUP INT TERM USR1 USR2; program) </dev/null >>"$folder/output.log" 2>&1
    keep exit "$?"
) &
while kill -0 "$!" 2>/dev/null; do
    if [ -n "$later" ]; then
        sleep 0.2 2>/dev/null || sleep 1
        tell "$later"
    else
        wait "$!"
    fi
done
kill_marked "$mark" none none
read -r code <"$folder/exit" && exit "$code"
exit 1
