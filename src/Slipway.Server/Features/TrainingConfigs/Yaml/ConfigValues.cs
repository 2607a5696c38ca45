using System.Globalization;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.TrainingConfigs.Yaml;

/// <summary>
/// The top level of a configuration, asked by key. A value of the wrong kind is noted once, by <see cref="KnownKeys"/>; whoever
/// asks for it gets null, as for one that is missing.
/// </summary>
internal sealed class ConfigValues
{
    private const int LongestScalar = 4096;

    private readonly Dictionary<string, YamlValue> _entries;

    public ConfigValues(YamlMap map)
    {
        Entries = [.. map.Entries.Where(entry => entry.Value is not YamlText { IsNothing: true })];
        _entries = Entries.ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        Scalars = Flatten();
    }

    /// <summary>Those that say something, in the order of the text.</summary>
    public IReadOnlyList<KeyValuePair<string, YamlValue>> Entries { get; }

    public IReadOnlyDictionary<string, string> Scalars { get; }

    public List<YamlFault> Faults { get; } = [];

    public List<string> Warnings { get; } = [];

    public bool Has(string key) => _entries.ContainsKey(key);

    public bool IsOn(string key) => Find(key) is { } text && Words.Flag(text.Text) == true;

    public double? Number(string key) => Find(key) is { } text ? Words.Number(text.Text) : null;

    public string? Word(string key) => Find(key)?.Text;

    /// <summary>Items of a list, or of one text by its commas; null where it is missing or neither.</summary>
    public int? CountOf(string key) => _entries.GetValueOrDefault(key) switch
    {
        YamlList list => list.Items.Count,
        YamlText text => text.Text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Length,
        _ => null,
    };

    /// <summary>Notes that what <paramref name="key"/> says cannot be.</summary>
    public void Refuse(string key, string message, string type = FaultTypes.Const) =>
        Faults.Add(new YamlFault(_entries[key].Place, message, type));

    public void Warn(string key, string message) => Warnings.Add($"line {_entries[key].Place.Line}: {message}.");

    private YamlText? Find(string key) => _entries.GetValueOrDefault(key) as YamlText;

    private Dictionary<string, string> Flatten()
    {
        Dictionary<string, string> flat = new(StringComparer.Ordinal);
        foreach (var (key, value) in Entries.Where(entry => !KnownKeys.IsSecret(entry.Key)))
        {
            var text = value switch
            {
                YamlText one => one.Text,
                YamlList list when list.Items.All(item => item is YamlText) => string.Join(',', list.Items.Cast<YamlText>().Select(item => item.Text)),
                _ => null,
            };
            if (text is { Length: <= LongestScalar })
            {
                flat[key] = text;
            }
        }
        return flat;
    }
}

/// <summary>Words of YAML as LLaMA-Factory's reader takes them.</summary>
internal static class Words
{
    public static bool? Flag(string text) => text.ToLowerInvariant() switch
    {
        "true" or "yes" or "on" => true,
        "false" or "no" or "off" => false,
        _ => null,
    };

    public static double? Number(string text) =>
        double.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? value
            : null;

    public static long? Whole(string text) =>
        long.TryParse(text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}
