namespace Slipway.Training;

/// <summary>A value of a training file, with the place to name when it is wrong.</summary>
/// <param name="Where">File and line, or the argument that gave it.</param>
internal abstract record Setting(string Where);

/// <summary>One text, number, switch or nothing: which of them it is the reader of the key decides.</summary>
/// <param name="Where">File and line.</param>
/// <param name="Text">As written, without quotes.</param>
/// <param name="IsQuoted">Quoted, it is a text and never nothing.</param>
internal sealed record ScalarSetting(string Where, string Text, bool IsQuoted) : Setting(Where)
{
    public bool IsNothing => !IsQuoted && Text is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record ListSetting(string Where, IReadOnlyList<Setting> Items) : Setting(Where);

/// <param name="Where">File and line.</param>
/// <param name="Entries">By key, each only once.</param>
internal sealed record MapSetting(string Where, IReadOnlyDictionary<string, Setting> Entries) : Setting(Where);
