using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>Options that the executor sets itself would break what finds its jobs again.</summary>
internal sealed partial class SlurmExtraOptionsValidator : IValidateOptions<SlurmOptions>
{
    private static readonly HashSet<string> Own =
    [
        "parsable", "job-name", "comment", "chdir", "output", "error", "open-mode", "export", "requeue", "no-requeue", "array", "wrap",
        "wait", "test-only", "clusters", "signal",
    ];

    public ValidateOptionsResult Validate(string? name, SlurmOptions options)
    {
        var faults = options.ExtraOptions
            .Where(option => Option().Match(option) is not { Success: true } match || Own.Contains(match.Groups[1].Value))
            .Select(option => $"Training:Slurm:ExtraOptions: '{option}' is not accepted. "
                + $"Options have the form --name or --name=value, and these are set already: {string.Join(", ", Own)}.")
            .ToList();
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    [GeneratedRegex(@"^--([a-z][a-z-]*)(=[^\p{Cc}]*)?\z")]
    private static partial Regex Option();
}
