namespace Slipway.Recipe;

/// <summary>The two languages that the model speaks.</summary>
internal enum Language
{
    Chinese,
    English,
}

internal static class Languages
{
    public static IReadOnlyList<Language> All { get; } = [Language.Chinese, Language.English];

    public static string Code(this Language language) => language == Language.Chinese ? "zh" : "en";

    public static Language Other(this Language language) => language == Language.Chinese ? Language.English : Language.Chinese;

    public static string Choose(this Language language, string chinese, string english) => language == Language.Chinese ? chinese : english;
}
