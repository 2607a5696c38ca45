using System.Text;
using System.Text.RegularExpressions;
using Slipway.Server.Processes;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>The batch script of one attempt: its data as quoted words, then a body that is the same for all.</summary>
/// <remarks>
/// The environment stands in the script, and not in sbatch's own: variables of the run could speak to sbatch there, and in its
/// arguments everybody could read them. Script and folder are for the owner alone.
/// </remarks>
internal static partial class JobScript
{
    public const string FileName = "job.sh";

    private static readonly string Body = ExecutorScripts.Read("processes.sh", "job.sh");

    /// <summary>What a shell cannot be told; null when nothing is wrong.</summary>
    public static string? FaultOf(Launch launch) =>
        launch.Environment.Keys.FirstOrDefault(name => !Identifier().IsMatch(name)) is { } name
            ? $"The variable '{name}' cannot be given to a batch job: names consist of letters, digits and '_'."
            : launch.Command.Concat(launch.Environment.Values).Any(text => text.Contains('\0', StringComparison.Ordinal))
                ? "The command or its environment holds a character of code 0."
                : null;

    public static string Of(Launch launch)
    {
        var script = new StringBuilder("#!/bin/sh\n# Made by Slipway for one attempt; sbatch reads no options from here.\n");
        script.Append("slipway_return=$(printf '\\r')\n");
        script.Append("folder=").Append(Quote(launch.Folder)).Append('\n');
        script.Append("mark=").Append(Quote(launch.Name)).Append('\n');
        script.Append("program() {\n");
        foreach (var (name, value) in RunMark.EnvironmentIn(launch, launch.Folder))
        {
            script.Append("export ").Append(name).Append('=').Append(Quote(value)).Append('\n');
        }
        script.Append("exec");
        foreach (var word in launch.CommandIn(launch.Folder))
        {
            script.Append(' ').Append(Quote(word));
        }
        return script.Append("\n}\n").Append(Body).ToString();
    }

    /// <summary>sbatch refuses scripts with carriage returns.</summary>
    private static string Quote(string word) => ShellWords.Quote(word).Replace("\r", "'\"$slipway_return\"'", StringComparison.Ordinal);

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex Identifier();
}
