using Slipway.Server.Platform.Validation;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.TrainingConfigs.Yaml;

/// <summary>What is to be said of a training configuration.</summary>
/// <param name="Faults">Why it cannot be used; empty for one that can.</param>
/// <param name="Warnings">What may be meant otherwise, as sentences with lines.</param>
/// <param name="Scalars">The values of the top level; lists of values are joined by commas, maps are left out.</param>
internal sealed record CheckedYaml(
    IReadOnlyList<YamlFault> Faults, IReadOnlyList<string> Warnings, IReadOnlyDictionary<string, string> Scalars)
{
    public bool IsUsable => Faults.Count == 0;
}

/// <summary>
/// Checks a training configuration before a run waits an hour for its GPUs only to fail on a typing error: that it is YAML of
/// a harmless kind, and that LLaMA-Factory would not refuse what it says. Keys that neither LLaMA-Factory nor Slipway's
/// own trainer is known to have get a warning.
/// </summary>
internal static class TrainingYaml
{
    public const int LargestFile = 1 << 20;

    private const int MostNotes = 50;

    /// <summary>Checks a whole file, at most <see cref="LargestFile"/> bytes of it.</summary>
    public static CheckedYaml Check(ReadOnlySpan<byte> bytes)
    {
        var (value, fault) = YamlFile.Read(bytes, LargestFile);
        return fault is not null ? Refused(fault) : value switch
        {
            YamlMap map => Check(map),
            null or YamlText { IsNothing: true } => Refused(new YamlFault(new(1, 1), "the file is empty; accepted are lines 'key: value'", YamlFault.Malformed)),
            _ => Refused(new YamlFault(value.Place, "a training configuration is lines 'key: value'; this is something else", FaultTypes.Dict)),
        };
    }

    private static CheckedYaml Check(YamlMap map)
    {
        var values = new ConfigValues(map);
        KnownKeys.Check(values);
        Contradictions.Check(values);
        if (!values.Has("model_name_or_path") && !values.Has("new_model"))
        {
            values.Warnings.Add("line 1: no model_name_or_path says which model to train (and no new_model, for Slipway's own trainer).");
        }
        return new CheckedYaml(
            [.. values.Faults.OrderBy(fault => fault.Place.Line).ThenBy(fault => fault.Place.Column).Take(MostNotes)],
            values.Warnings.Count <= MostNotes
                ? values.Warnings
                : [.. values.Warnings.Take(MostNotes), $"… and {values.Warnings.Count - MostNotes} more."],
            values.Scalars);
    }

    private static CheckedYaml Refused(YamlFault fault) => new([fault], [], new Dictionary<string, string>());
}
