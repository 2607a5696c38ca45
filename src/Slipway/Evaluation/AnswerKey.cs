using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Evaluation;

/// <summary>What makes an answer right. Texts are looked for without regard to case.</summary>
internal sealed partial record AnswerKey
{
    private const string ThoughtEnd = "</think>";

    /// <summary>Every one of these appears in a right answer.</summary>
    public IReadOnlyList<string> All { get; init; } = [];

    /// <summary>At least one of these does, where there are any.</summary>
    public IReadOnlyList<string> Any { get; init; } = [];

    /// <summary>None of these does.</summary>
    public IReadOnlyList<string> None { get; init; } = [];

    /// <summary>The last number of a right answer.</summary>
    public long? Number { get; init; }

    public bool SaysAnything => All.Count + Any.Count + None.Count > 0 || Number is not null;

    /// <summary>Whether an answer is right. A thought before it does not count; an empty answer is never right.</summary>
    public bool Accepts(string text)
    {
        var answer = AfterThought(text);
        bool Has(string wanted) => answer.Contains(wanted, StringComparison.OrdinalIgnoreCase);

        return answer.Length > 0
            && All.All(Has)
            && (Any.Count == 0 || Any.Any(Has))
            && !None.Any(Has)
            && (Number is null || LastNumber(answer) == Number);
    }

    /// <summary>What follows the thought, trimmed; nothing when the thought does not end.</summary>
    internal static string AfterThought(string text)
    {
        var end = text.LastIndexOf(ThoughtEnd, StringComparison.Ordinal);
        return end >= 0
            ? text[(end + ThoughtEnd.Length)..].Trim()
            : text.TrimStart().StartsWith("<think>", StringComparison.Ordinal) ? "" : text.Trim();
    }

    /// <summary>The last number in a text; null when there is none, or when it is not whole.</summary>
    internal static long? LastNumber(string text)
    {
        var match = Numbers().Matches(text).LastOrDefault();
        return match is not null
            && decimal.TryParse(
                match.Value.Replace(",", "", StringComparison.Ordinal).Replace('−', '-'), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number == decimal.Truncate(number)
            && number is >= long.MinValue and <= long.MaxValue
                ? (long)number
                : null;
    }

    // A minus only where no operand stands before it: 12-5 ends with 5. Commas only between groups of three digits.
    [GeneratedRegex(@"(?:(?<![0-9A-Za-z)）])[-−])?(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?")]
    private static partial Regex Numbers();
}
