using Slipway.Recipe.Exchanges;

namespace Slipway.Recipe.Arithmetic;

/// <summary>A worked problem before it is put into words.</summary>
/// <param name="Values">What <c>{a}</c>, <c>{b}</c>, <c>{c}</c> stand for.</param>
/// <param name="Steps">The way to the answer; null where none is needed.</param>
internal sealed record Problem(IReadOnlyList<int> Values, string? Steps, string Answer, Expectation Expected)
{
    /// <summary>The exchange. Without thinking the steps stand in the answer, unless it shows them already.</summary>
    public Exchange Ask(string group, Language language, string template)
    {
        var direct = Steps is null || Answer.StartsWith(Steps, StringComparison.Ordinal) ? null : $"{Steps}\n{Answer}";
        return new Exchange(group, language, Fill(template, Values), Answer, Expected, Steps, direct);
    }

    public static string Fill(string template, IReadOnlyList<int> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            template = template.Replace($"{{{(char)('a' + i)}}}", $"{values[i]}", StringComparison.Ordinal);
        }
        return template;
    }
}
