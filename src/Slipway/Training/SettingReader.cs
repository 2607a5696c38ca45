using System.Globalization;

namespace Slipway.Training;

/// <summary>
/// Reads settings by key and gathers what is wrong with them, so that one look shows all of it. A key that was never asked
/// for is unknown: the questions are the list of what is accepted.
/// </summary>
/// <param name="settings">What was written.</param>
/// <param name="faults">Gets a line for each fault.</param>
/// <param name="prefix">What messages put before a key: the key of the map that it stands in.</param>
internal sealed class SettingReader(MapSetting settings, List<string> faults, string prefix = "")
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>The setting as it was written; null where it is missing or says nothing.</summary>
    public Setting? Find(string key)
    {
        _asked.Add(key);
        return settings.Entries.GetValueOrDefault(key) is { } setting and not ScalarSetting { IsNothing: true } ? setting : null;
    }

    public bool Has(string key) => Find(key) is not null;

    public string? Text(string key) => Find(key) switch
    {
        null => null,
        ScalarSetting scalar => scalar.Text,
        var other => Refuse<string?>(other, $"{prefix}{key} is not one value", "a text", null),
    };

    public bool Flag(string key, bool otherwise) => Read(key, "true or false", otherwise, text => text.ToLowerInvariant() switch
    {
        "true" => true,
        "false" => false,
        _ => null,
    });

    /// <summary>A whole number from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public int Whole(string key, int otherwise, int low, int high = int.MaxValue) =>
        Read(key, high == int.MaxValue ? $"a whole number, {low} or more" : $"a whole number from {low} to {high}", otherwise, text =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high
                ? value
                : null);

    public long Long(string key, long otherwise) => Read(key, "a whole number", otherwise, text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : (long?)null);

    /// <summary>A number that <paramref name="isAccepted"/> says yes to.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="otherwise">Where it is missing or wrong.</param>
    /// <param name="accepted">The range in words, after "a number".</param>
    /// <param name="isAccepted">The range.</param>
    public double Number(string key, double otherwise, string accepted, Func<double, bool> isAccepted) =>
        Read(key, $"a number {accepted}", otherwise, text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) && isAccepted(value)
                ? value
                : null);

    public T Choice<T>(string key, T otherwise, params (string Word, T Value)[] choices)
        where T : struct =>
        Read(key, string.Join(", ", choices.Select(choice => choice.Word)), otherwise, text =>
            choices.Where(choice => choice.Word == text).Select(choice => (T?)choice.Value).FirstOrDefault());

    /// <summary>A YAML list of texts, or one text; with commas several where <paramref name="splits"/>.</summary>
    public IReadOnlyList<ScalarSetting> List(string key, bool splits) => Find(key) switch
    {
        null => [],
        ScalarSetting scalar when splits => [.. Split(scalar)],
        ScalarSetting scalar => [scalar],
        ListSetting list when list.Items.All(item => item is ScalarSetting { IsNothing: false }) => [.. list.Items.Cast<ScalarSetting>()],
        var other => Refuse<IReadOnlyList<ScalarSetting>>(other, $"{prefix}{key} is not a list of texts", "[a, b]", []),
    };

    /// <summary>The settings in a map under <paramref name="key"/>; null where there is none.</summary>
    public SettingReader? Map(string key) => Find(key) switch
    {
        null => null,
        MapSetting map => new SettingReader(map, faults, $"{prefix}{key}."),
        var other => Refuse<SettingReader?>(other, $"{prefix}{key} has no settings under it", "indented lines 'key: value'", null),
    };

    /// <summary>Notes that a value, though well formed, cannot be used.</summary>
    public void Refuse(Setting setting, string what) => faults.Add($"{setting.Where}: {what}.");

    /// <summary>Notes every key that nobody asked for.</summary>
    public void RefuseTheRest()
    {
        foreach (var (key, setting) in settings.Entries.Where(entry => !_asked.Contains(entry.Key)))
        {
            var nearest = NearestWord.Find(key, _asked) is { } word ? $"; did you mean {prefix}{word}?" : "; 'slipway train --help' lists the keys.";
            faults.Add($"{setting.Where}: the key '{prefix}{key}' is not known{nearest}");
        }
    }

    private static IEnumerable<ScalarSetting> Split(ScalarSetting scalar) => scalar.Text
        .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        .Select(part => scalar with { Text = part, IsQuoted = true });

    private T Read<T>(string key, string accepted, T otherwise, Func<string, T?> parse)
        where T : struct => Find(key) switch
        {
            null => otherwise,
            ScalarSetting scalar => parse(scalar.Text) ?? Refuse(scalar, $"{prefix}{key} is '{Shorten(scalar.Text)}'", accepted, otherwise),
            var other => Refuse(other, $"{prefix}{key} is not one value", accepted, otherwise),
        };

    private T Refuse<T>(Setting setting, string what, string accepted, T otherwise)
    {
        Refuse(setting, $"{what}; accepted is {accepted}");
        return otherwise;
    }

    private static string Shorten(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
