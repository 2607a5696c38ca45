using System.ComponentModel;
using System.Diagnostics;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>What one of Slurm's programs came to.</summary>
/// <param name="ExitCode">Negative when it could not be started or did not end in time.</param>
/// <param name="Output">What it said.</param>
/// <param name="Error">What it complained of, or what kept it from that.</param>
internal sealed record SlurmAnswer(int ExitCode, string Output, string Error)
{
    public bool IsGood => ExitCode == 0;

    /// <summary>Whether the program is not there at all.</summary>
    public bool IsMissing => ExitCode == SlurmProgram.NotThere;
}

/// <summary>Runs Slurm's programs: arguments as a list, an environment without secrets, limits on time and output.</summary>
internal static class SlurmProgram
{
    public const int NotThere = -2;

    private const int NoEnd = -1;
    private const int LongestOutput = 32 << 20; // A line of squeue has about a hundred letters.

    /// <summary>Of our environment; all the rest is for us alone, and SBATCH_… would speak for the run.</summary>
    private static readonly string[] Passed = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SLURM_CONF"];

    public static async Task<SlurmAnswer> RunAsync(
        string program, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = Start(program, arguments) };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return new SlurmAnswer(NotThere, "", $"'{program}' cannot be started: {exception.Message}.");
        }
        process.StandardInput.Close();
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        try
        {
            var (output, error) = (ReadAsync(process.StandardOutput, time), ReadAsync(process.StandardError, time));
            await Task.WhenAll(output, error);
            await process.WaitForExitAsync(time.Token);
            return new SlurmAnswer(process.ExitCode, await output, (await error).Trim());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SlurmAnswer(NoEnd, "", $"'{program}' has not ended after {limit.TotalSeconds:0} seconds.");
        }
        catch (InvalidDataException exception)
        {
            return new SlurmAnswer(NoEnd, "", $"'{program}' {exception.Message}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static ProcessStartInfo Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var name in start.Environment.Keys.Except(Passed).ToList())
        {
            start.Environment.Remove(name);
        }
        return start;
    }

    /// <summary>Too much is known at once: <paramref name="time"/> ends what is waited for beside it.</summary>
    private static async Task<string> ReadAsync(StreamReader reader, CancellationTokenSource time)
    {
        var text = new System.Text.StringBuilder();
        var buffer = new char[16 * 1024];
        for (int got; (got = await reader.ReadAsync(buffer, time.Token)) > 0;)
        {
            if (text.Length + got > LongestOutput)
            {
                await time.CancelAsync();
                throw new InvalidDataException($"says more than {LongestOutput} letters.");
            }
            text.Append(buffer, 0, got);
        }
        return text.ToString();
    }
}
