namespace Slipway.Engine.Formats;

/// <summary>Texts from files in messages.</summary>
internal static class ShownText
{
    private const int Longest = 100;

    /// <summary>The text, cut so that a message stays readable whatever the file holds.</summary>
    public static string Cut(string text) => text.Length <= Longest ? text : string.Concat(text.AsSpan(0, Longest), "…");
}
