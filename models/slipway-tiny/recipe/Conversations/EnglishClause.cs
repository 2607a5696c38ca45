using System.Text.RegularExpressions;

namespace Slipway.Recipe.Conversations;

/// <summary>Turns English questions into clauses: "What is AES?" into "what AES is".</summary>
internal static partial class EnglishClause
{
    /// <summary>The clause, or null where the question is of a form that would come out wrong.</summary>
    public static string? Of(string question)
    {
        if (HowTo().Match(question) is { Success: true } how)
        {
            return $"how to {how.Groups[1].Value}";
        }
        if (WhatDoes().Match(question) is { Success: true } does)
        {
            var verb = does.Groups[2].Value == "do" ? "does" : does.Groups[2].Value + "s";
            return $"what {does.Groups[1].Value} {verb}{does.Groups[3].Value}";
        }
        return WhatIs().Match(question) is { Success: true } what && !HasVerbInside().IsMatch(what.Groups[3].Value)
            ? $"{char.ToLowerInvariant(what.Groups[1].Value[0])}{what.Groups[1].Value[1..]} {what.Groups[3].Value} {what.Groups[2].Value}"
            : null;
    }

    [GeneratedRegex(@"^How (?:do|can|should) (?:I|you) ([^,?]+)\?$")]
    private static partial Regex HowTo();

    [GeneratedRegex(@"^What does ([^,?]+?) (do|mean|return|stand)( for)?\?$")]
    private static partial Regex WhatDoes();

    /// <summary>The subject must look like one: with an article, or a name or number.</summary>
    [GeneratedRegex(@"^(What|Who|Where|When) (is|are|was|were) ((?:the|a|an|your|my|[A-Z0-9-])[^,?:]*)\?$")]
    private static partial Regex WhatIs();

    /// <summary>Words by which the subject is not all that follows: "What is a hash used for?".</summary>
    [GeneratedRegex(@"\b(used|called|made|named|written|built|that|when|if|while|born|located|left|good|like|about|for|from|to|plus|minus|times|added|divided|multiplied|take)\b|[-+*×÷/]")]
    private static partial Regex HasVerbInside();
}
