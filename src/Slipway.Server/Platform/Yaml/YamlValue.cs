namespace Slipway.Server.Platform.Yaml;

/// <summary>Where something stands in a text, both from 1.</summary>
internal readonly record struct YamlPlace(int Line, int Column);

/// <summary>A value of a YAML document, with the place to name when it is wrong.</summary>
internal abstract record YamlValue(YamlPlace Place);

/// <summary>One text, number, switch or nothing.</summary>
/// <param name="Place">Where it begins.</param>
/// <param name="Text">Without quotes.</param>
/// <param name="IsQuoted">Quoted, or a block of text: it is a text and never nothing.</param>
internal sealed record YamlText(YamlPlace Place, string Text, bool IsQuoted) : YamlValue(Place)
{
    public bool IsNothing => !IsQuoted && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record YamlList(YamlPlace Place, IReadOnlyList<YamlValue> Items) : YamlValue(Place);

/// <param name="Place">Where it begins.</param>
/// <param name="Entries">By key, each only once, in the order of the text.</param>
internal sealed record YamlMap(YamlPlace Place, IReadOnlyList<KeyValuePair<string, YamlValue>> Entries) : YamlValue(Place);

/// <summary>What is wrong with a text or a value in it.</summary>
/// <param name="Place">Where.</param>
/// <param name="Message">What, and what would be accepted, without the place.</param>
/// <param name="Type">For programs, as in the faults of an answer.</param>
internal sealed record YamlFault(YamlPlace Place, string Message, string Type)
{
    /// <summary>The value of <see cref="Type"/> for a text that is no YAML.</summary>
    public const string Malformed = "value_error.yamldecode";

    public string Sentence => $"line {Place.Line}, column {Place.Column}: {Message}";
}
