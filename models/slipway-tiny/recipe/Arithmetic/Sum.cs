namespace Slipway.Recipe.Arithmetic;

/// <summary>a + b or a − b, worked out.</summary>
/// <param name="Steps">The way to the result; null where the result is known by heart.</param>
internal sealed record Sum(string Equation, string? Steps, int Result)
{
    public static Sum Add(int a, int b, Language language)
    {
        var result = a + b;
        var equation = $"{a} + {b} = {result}";
        return a < 10 && b < 10
            ? new Sum(equation, null, result)
            : new Sum(equation, $"{a} + {b}\n{ColumnSteps.Add(a, b, language)}\n{Outcome(result, language)}", result);
    }

    public static Sum Subtract(int a, int b, Language language)
    {
        var result = a - b;
        var equation = $"{a} - {b} = {result}";
        if (a < 10 && b < 10)
        {
            return new Sum(equation, null, result);
        }
        if (a >= b)
        {
            return new Sum(equation, $"{a} - {b}\n{ColumnSteps.Subtract(a, b, language)}\n{Outcome(result, language)}", result);
        }
        var turned = language.Choose($"{a} < {b}，先算 {b} - {a}", $"{a} < {b}, so first {b} - {a}");
        return new Sum(equation, $"{a} - {b}\n{turned}\n{ColumnSteps.Subtract(b, a, language)}\n{Outcome(result, language)}", result);
    }

    public static Sum Multiply(int a, int b) => new($"{a} × {b} = {a * b}", null, a * b);

    private static string Outcome(int result, Language language) => language.Choose($"结果：{result}", $"Result: {result}");
}
