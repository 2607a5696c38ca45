namespace Slipway.Recipe.Arithmetic;

/// <summary>Which of two different numbers up to 99 is larger, by length, then by tens, then by ones.</summary>
internal static class Comparison
{
    public static string Steps(int a, int b, Language language)
    {
        var why = (a > 9) != (b > 9)
            ? language.Choose($"位数：{Compared(Length(a), Length(b))}", $"Digits: {Compared(Length(a), Length(b))}")
            : a / 10 != b / 10
            ? language.Choose($"十位：{Compared(a / 10, b / 10)}", $"Tens: {Compared(a / 10, b / 10)}")
            : language.Choose($"个位：{Compared(a % 10, b % 10)}", $"Ones: {Compared(a % 10, b % 10)}");
        return $"{why}\n{Compared(a, b)}";
    }

    private static int Length(int number) => number > 9 ? 2 : 1;

    private static string Compared(int a, int b) => a > b ? $"{a} > {b}" : $"{a} < {b}";
}
