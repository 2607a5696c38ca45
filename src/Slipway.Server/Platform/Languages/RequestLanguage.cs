namespace Slipway.Server.Platform.Languages;

/// <summary>A sentence in both languages that clients may ask for.</summary>
internal readonly record struct Sentence(string Chinese, string English)
{
    /// <summary>In the language that the request prefers.</summary>
    public string For(HttpRequest request) => RequestLanguage.IsChinese(request) ? Chinese : English;
}

internal static class RequestLanguage
{
    /// <summary>
    /// Whether sentences go out in Chinese: where the request prefers it to English, and where it has no preference, as
    /// the clients that were there first expect. Someone who reads neither gets English.
    /// </summary>
    public static bool IsChinese(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().AcceptLanguage;
        if (accepted.Count == 0)
        {
            return true;
        }

        // OrderBy keeps the order of sending among equals, which is the order of preference.
        foreach (var language in accepted.Where(language => language.Quality is not 0).OrderByDescending(language => language.Quality ?? 1))
        {
            var tag = language.Value.AsSpan();
            if (Is(tag, "zh") || tag is "*")
            {
                return true;
            }

            if (Is(tag, "en"))
            {
                return false;
            }
        }

        return false;
    }

    private static bool Is(ReadOnlySpan<char> tag, string primary) =>
        tag.StartsWith(primary, StringComparison.OrdinalIgnoreCase) && (tag.Length == primary.Length || tag[primary.Length] == '-');
}
