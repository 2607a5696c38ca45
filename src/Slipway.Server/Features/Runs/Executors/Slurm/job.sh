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

# Before its first instruction the program does not carry the mark yet.
tell() {
    signal_marked "$1" "$mark" none none
    is_marked "$child" "$mark" || kill -s "$1" "$child"
}

umask 077
if ! ln -s "$SLURM_JOB_ID" "$folder/job" 2>/dev/null && [ "$(readlink "$folder/job")" != "$SLURM_JOB_ID" ]; then
    echo "Another job runs this attempt: $(readlink "$folder/job")." >&2
    exit 1
fi
rm -f "$folder/exit"
child=
trap 'told=1' HUP INT TERM
trap 'told=1; tell TERM; tell CONT' USR1
trap 'told=1; tell KILL; kill_marked "$mark" none none' USR2
(trap - HUP INT TERM USR1 USR2; program) </dev/null >>"$folder/output.log" 2>&1 &
child=$!
while :; do
    told=
    wait "$child"
    code=$?
    # A wait that a signal broke off says nothing about the program.
    [ -n "$told" ] && [ "$code" -gt 128 ] && kill -0 "$child" 2>/dev/null || break
done
keep exit "$code"
kill_marked "$mark" none none
exit "$code"
