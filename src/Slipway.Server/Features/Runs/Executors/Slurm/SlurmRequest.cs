using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Runs.Executors.Slurm;

/// <summary>What is asked of the cluster for one attempt, as options for sbatch.</summary>
internal static class SlurmRequest
{
    public const string NamesPattern = @"^[A-Za-z0-9_][A-Za-z0-9_.,-]{0,199}\z";
    public const string TimePattern = @"^([0-9]{1,4}-)?[0-9]{1,6}(:[0-9]{1,2}){0,2}\z";
    public const string ConstraintPattern = @"^[A-Za-z0-9_(\[][A-Za-z0-9_.,&|*()\[\]-]{0,199}\z";
    public const string CountPattern = @"^[1-9][0-9]{0,4}\z";
    public const string MemoryPattern = @"^[1-9][0-9]{0,8}[KMGT]?\z";

    /// <summary>The run's parameter, the option, what it must look like, for people, and the setting without the parameter.</summary>
    private static readonly (string Parameter, string Option, string Pattern, string Words, Func<SlurmOptions, string?> Setting)[] All =
    [
        ("partition", "partition", NamesPattern, "names, with commas between them", options => options.Partition),
        ("account", "account", NamesPattern, "a name", options => options.Account),
        ("qos", "qos", NamesPattern, "a name", options => options.Qos),
        ("time", "time", TimePattern, "minutes, hours:minutes:seconds or days-hours", options => options.Time),
        ("constraint", "constraint", ConstraintPattern, "features, with & or | between them", options => options.Constraint),
        ("cpus", "cpus-per-task", CountPattern, "a number from 1", options => options.Cpus),
        ("memory", "mem", MemoryPattern, "a number, with K, M, G or T", options => options.Memory),
    ];

    public static IReadOnlyCollection<string> ParameterNames { get; } = [.. All.Select(one => one.Parameter)];

    /// <summary>What is wrong with the run's parameters; null when nothing is.</summary>
    public static string? FaultOf(Launch launch)
    {
        foreach (var (parameter, _, pattern, words, _) in All)
        {
            if (launch.Parameters.TryGetValue(parameter, out var value) && !Regex.IsMatch(value, pattern, RegexOptions.CultureInvariant))
            {
                return $"parameters.{parameter} is '{value}'; accepted: {words}.";
            }
        }
        return null;
    }

    public static IEnumerable<string> OptionsFor(Launch launch, SlurmOptions options)
    {
        foreach (var (parameter, option, _, _, setting) in All)
        {
            if (launch.Parameters.GetValueOrDefault(parameter, setting(options) ?? "") is { Length: > 0 } value)
            {
                yield return $"--{option}={value}";
            }
        }
        if (launch.Gpus > 0)
        {
            yield return $"--gres={options.Gres}:{launch.Gpus}";
        }
        foreach (var extra in options.ExtraOptions)
        {
            yield return extra;
        }
    }
}
