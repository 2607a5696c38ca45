namespace Slipway.Recipe.Arithmetic;

/// <summary>Addition and subtraction of numbers up to 99, column by column, as they are done on paper.</summary>
internal static class ColumnSteps
{
    public static string Add(int a, int b, Language language)
    {
        var ones = (a % 10) + (b % 10);
        var carry = ones / 10;
        var written = carry > 0
            ? language.Choose($"，写 {ones % 10} 进 1", $", write {ones % 10}, carry 1")
            : language.Choose($"，写 {ones}", $", write {ones}");
        var tens = (a / 10) + (b / 10) + carry;
        var carried = carry > 0 ? " + 1" : "";
        return $"""
            {Ones(language)}{a % 10} + {b % 10} = {ones}{written}
            {Tens(language)}{a / 10} + {b / 10}{carried} = {tens}
            """;
    }

    /// <summary>Steps of a − b for a ≥ b.</summary>
    public static string Subtract(int a, int b, Language language)
    {
        var (top, bottom) = (a % 10, b % 10);
        var borrow = top < bottom ? 1 : 0;
        var ones = borrow > 0
            ? language.Choose($"{top} < {bottom}，借 1，{top + 10} - {bottom}", $"{top} < {bottom}, borrow 1, {top + 10} - {bottom}")
            : $"{top} - {bottom}";
        var borrowed = borrow > 0 ? " - 1" : "";
        return $"""
            {Ones(language)}{ones} = {top + (borrow * 10) - bottom}
            {Tens(language)}{a / 10}{borrowed} - {b / 10} = {(a / 10) - borrow - (b / 10)}
            """;
    }

    private static string Ones(Language language) => language.Choose("个位：", "Ones: ");

    private static string Tens(Language language) => language.Choose("十位：", "Tens: ");
}
