using System.Globalization;

namespace Slipway.Server.Tests.Features.Runs.Kills;

/// <summary>
/// What a process has noted of itself, in a file that no server knows of: that it began, how many lines it had written by then, and
/// with which code it was about to end.
/// </summary>
/// <param name="Starts">How often it was started.</param>
/// <param name="Lines">At least so many; exactly so many when it has an end.</param>
/// <param name="End">The exit code; null when it was killed before it came to an end of its own.</param>
internal sealed record Truth(int Starts, int Lines, int? End)
{
    /// <summary>Every so many lines one is a figure.</summary>
    public const int FigureEach = 20;

    /// <summary>What is noted less often than it is printed: so many lines may be more than noted.</summary>
    public const int NoteEach = 500;

    /// <summary>
    /// The training: prints numbered lines as its plan says, MODE,LINES,CODE. It runs in dash, bash and busybox alike. A second attempt
    /// ends well.
    /// </summary>
    public const string Script = """
        for word in "$@"; do case $word in plan=*) plan=${word#plan=} ;; esac; done
        mode=${plan%%,*} rest=${plan#*,}
        lines=${rest%%,*} code=${rest#*,}
        [ "$SLIPWAY_ATTEMPT" -gt 1 ] && code=0
        truth=$(dirname "$0")/truth/$SLIPWAY_RUN_ID.$SLIPWAY_ATTEMPT
        note() { echo "$*" >>"$truth"; }
        # A shell tells when what it waits for is killed.
        pause() { sleep "$1"; } 2>/dev/null
        n=0 asked=
        say() {
            n=$((n + 1))
            if [ $((n % 20)) = 0 ]; then
                echo "{'loss': $n.5, 'epoch': $n}"
            elif [ "$mode" = quick ]; then
                echo "line $n"
            else
                printf 'li'
                pause 0.03
                printf 'ne %s\n' "$n"
            fi
        }

        note start
        case $mode in
            stubborn) trap '' TERM ;;
            polite) trap 'asked=1' TERM ;;
            forking) (setsid sh -c 'while :; do sleep 0.3; done' </dev/null >/dev/null 2>&1 &) ;;
        esac
        while [ $n -lt "$lines" ] && [ -z "$asked" ]; do
            if [ "$mode" = quick ]; then
                say
                [ $((n % 500)) = 0 ] && note $n
                [ $((n % 4000)) = 0 ] && pause 0.2
            else
                printf '\r%s%%' "$n"
                pause 0.03
                printf '\r'
                say
                note $n
            fi
        done
        [ -n "$asked" ] && code=5
        printf '%s' "$SLIPWAY_RUN_ID" >"$SLIPWAY_OUTPUT_DIR/model.bin"
        note end "$code" "$n"
        [ "$code" = 137 ] && kill -KILL $$
        exit "$code"
        """;

    /// <summary>Null when the process was never there.</summary>
    public static Truth? Of(string folder, string runId, int attempt)
    {
        var path = Path.Combine(folder, $"{runId}.{attempt}");
        if (!File.Exists(path))
        {
            return null;
        }
        var notes = File.ReadAllLines(path);
        var end = notes[^1].Split(' ') is ["end", var code, var lines] ? (Code: Number(code), Lines: Number(lines)) : ((int Code, int Lines)?)null;
        return new Truth(
            notes.Count(note => note == "start"), end?.Lines ?? notes.Where(note => note != "start").Select(Number).LastOrDefault(), end?.Code);
    }

    /// <summary>What it prints as its n-th line.</summary>
    public static string Line(int number) => number % FigureEach == 0 ? $"{{'loss': {number}.5, 'epoch': {number}}}" : $"line {number}";

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
