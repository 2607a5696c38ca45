using System.Globalization;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.Deployer.Catalog;

/// <summary>
/// The fields of one entry. Each reader gives null for a field that is not there, and for a wrong one after noting the fault:
/// reading goes on, so that a file's faults are told together.
/// </summary>
/// <param name="map">The entry.</param>
/// <param name="subject">What it describes, for faults.</param>
/// <param name="faults">Gets them.</param>
internal sealed class CatalogFields(YamlMap map, string subject, CatalogFaults faults)
{
    private readonly Dictionary<string, YamlValue> _values = map.Entries
        .Where(entry => entry.Value is not YamlText { IsNothing: true })
        .ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);

    private readonly List<string> _known = [];

    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>One line of text, not blank.</summary>
    public string? Text(string name, int most) => Text(name, most, _ => true, "a text");

    /// <summary>One line of text that <paramref name="fits"/>; <paramref name="accepted"/> says what does.</summary>
    public string? Text(string name, int most, Func<string, bool> fits, string accepted) =>
        Find(name) is { } value ? Line(name, value, most, fits, accepted) : null;

    public string? OneOf(string name, IReadOnlyList<string> accepted) =>
        Text(name, 100, accepted.Contains, "one of " + string.Join(", ", accepted));

    /// <summary>A number above 0.</summary>
    public double? Number(string name, double most) =>
        Scalar(name) is not { } text ? null
        : !text.IsQuoted && double.TryParse(text.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 && number <= most ? number
        : Refuse<double>(name, text, string.Create(CultureInfo.InvariantCulture, $"a number above 0, up to {most}"));

    public int? Whole(string name, int least, int most) =>
        Scalar(name) is not { } text ? null
        : !text.IsQuoted && int.TryParse(text.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : Refuse<int>(name, text, $"a whole number from {least} to {most}");

    public bool? Flag(string name) =>
        Scalar(name) is not { } text ? null
        : (text.IsQuoted, text.Text) switch
        {
            (false, "true") => true,
            (false, "false") => false,
            _ => Refuse<bool>(name, text, "true or false"),
        };

    /// <summary>The items of a list, as they are; none where there is no such field.</summary>
    public IReadOnlyList<YamlValue> Items(string name, int most, int least = 0)
    {
        if (Find(name) is not { } value)
        {
            return [];
        }
        if (value is not YamlList list)
        {
            Note(name, value, "a list", FaultTypes.List);
            return [];
        }
        if (list.Items.Count < least || list.Items.Count > most)
        {
            Note(name, value, $"one of {least} to {most} items, here are {list.Items.Count}", FaultTypes.MaxItems);
            return [];
        }
        return list.Items;
    }

    /// <summary>A list of different texts, each made what it means by <paramref name="mean"/> and then held against <paramref name="fits"/>.</summary>
    public IReadOnlyList<string>? Texts(
        string name, int least, int most, Func<string, string> mean, Func<string, bool> fits, string accepted)
    {
        if (!Has(name))
        {
            _ = Find(name);
            return null;
        }
        List<string> texts = [];
        foreach (var item in Items(name, most, least))
        {
            if (Line(name, item, 200, text => fits(mean(text)), accepted) is not { } text)
            {
                continue;
            }
            if (texts.Contains(mean(text)))
            {
                faults.Add(item.Place, $"'{name}' of {subject} has '{mean(text)}' twice", FaultTypes.Const);
                continue;
            }
            texts.Add(mean(text));
        }
        return texts;
    }

    /// <summary>Fields with names of the user's own.</summary>
    public YamlMap? Map(string name, int most)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        if (value is YamlMap inner && inner.Entries.Count <= most)
        {
            return inner;
        }
        Note(name, value, $"names with values, at most {most}", FaultTypes.Dict);
        return null;
    }

    /// <summary>A value of a list or map, as a line of text.</summary>
    public string? Line(string name, YamlValue value, int most, Func<string, bool> fits, string accepted)
    {
        if (value is not YamlText text || text.IsNothing)
        {
            Note(name, value, accepted, FaultTypes.String);
            return null;
        }
        if (text.Text.Length > most)
        {
            Note(name, value, $"at most {most} letters, here are {text.Text.Length}", FaultTypes.MaxLength);
            return null;
        }
        if (!string.IsNullOrWhiteSpace(text.Text) && !text.Text.Any(char.IsControl) && fits(text.Text))
        {
            return text.Text;
        }
        Note(name, value, accepted, FaultTypes.Const);
        return null;
    }

    /// <summary>Notes that a field has to be there.</summary>
    public void Miss(string name, string accepted) =>
        faults.Add(map.Place, $"'{name}' of {subject} is missing; accepted is {accepted}", FaultTypes.Missing);

    /// <summary>Notes what is wrong with a field that only the caller can see.</summary>
    public void Refuse(string name, string why) =>
        faults.Add(_values.TryGetValue(name, out var value) ? value.Place : map.Place, $"'{name}' of {subject} {why}", FaultTypes.Const);

    /// <summary>Comes last: a field that nobody asked for is a typing error, and what it was to say would be missed in silence.</summary>
    public void RefuseOthers()
    {
        foreach (var (name, value) in map.Entries.Where(entry => !_known.Contains(entry.Key)))
        {
            faults.Add(value.Place, $"'{YamlReader.Shorten(name)}' is no field of {subject}; accepted are {string.Join(", ", _known)}", FaultTypes.Const);
        }
    }

    private YamlValue? Find(string name)
    {
        _known.Add(name);
        return _values.GetValueOrDefault(name);
    }

    private YamlText? Scalar(string name)
    {
        if (Find(name) is not { } value)
        {
            return null;
        }
        if (value is YamlText text)
        {
            return text;
        }
        Note(name, value, "one value", FaultTypes.Const);
        return null;
    }

    private T? Refuse<T>(string name, YamlText value, string accepted)
        where T : struct
    {
        Note(name, value, accepted, FaultTypes.Const);
        return null;
    }

    private void Note(string name, YamlValue value, string accepted, string type)
    {
        var shown = value is YamlText text ? $"is '{YamlReader.Shorten(Visible(text.Text))}'" : value is YamlList ? "is a list" : "is a map";
        faults.Add(value.Place, $"'{name}' of {subject} {shown}; accepted is {accepted}", type);
    }

    // It will stand in a log.
    private static string Visible(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter)) : text;
}
