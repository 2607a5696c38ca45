namespace Slipway.Commands;

/// <summary><c>KEY=VALUE</c>, several times.</summary>
internal static class ValuePairs
{
    /// <summary>Null when there are none.</summary>
    /// <exception cref="ArgumentException">One has no key or no equals sign.</exception>
    public static Dictionary<string, string>? Read(string[]? texts, string option)
    {
        if (texts is not { Length: > 0 })
        {
            return null;
        }
        Dictionary<string, string> pairs = [];
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw new ArgumentException($"{option} is '{text}'; accepted is KEY=VALUE.");
            }
            pairs[text[..equals]] = text[(equals + 1)..];
        }
        return pairs;
    }
}
