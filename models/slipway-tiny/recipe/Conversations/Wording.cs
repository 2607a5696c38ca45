using System.Text.RegularExpressions;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Conversations;

/// <summary>Says a question as different people type it: with and without courtesy, punctuation, capitals and spaces.</summary>
internal sealed partial class Wording(ConversationWords words, Chance chance)
{
    private readonly Rewording _rewording = new(words, chance);

    /// <summary>The question in other clothes; its meaning and its numbers stay.</summary>
    /// <param name="manner">What may come before and after it.</param>
    public string Vary(string question, Language language, Manner manner)
    {
        var text = manner switch
        {
            Manner.Question => AddCourtesy(Punctuate(_rewording.Reword(question, language)), language),
            Manner.Talk => AddTalk(question, language),
            _ => Punctuate(question),
        };
        text = language == Language.Chinese ? Respace(text) : Recase(text);
        return manner == Manner.Question && chance.Happens(0.02) ? Misspell(text) : text;
    }

    private string AddTalk(string text, Language language)
    {
        if (chance.Happens(0.2) && char.IsLetter(text[^1]))
        {
            text += chance.Pick(words.TalkClosings[language]);
        }
        return chance.Happens(0.2) ? chance.Pick(words.TalkOpenings[language]) + text : Punctuate(text);
    }

    private string Punctuate(string text)
    {
        if (text.Length < 2 || text[^1] is not ('?' or '？' or '.' or '。' or '!' or '！'))
        {
            return chance.Happens(0.1) ? text + chance.Pick(["?", "？", "。", ".", "!"]) : text;
        }
        var bare = text[..^1];
        return chance.Between(0, 9) switch
        {
            <= 4 => text,
            <= 7 => bare,
            8 => bare + (text[^1] is '?' or '？' ? chance.Pick(["?", "？", " ?", "??"]) : "."),
            _ => bare + (text[^1] is '?' or '？' ? "？" : "！"),
        };
    }

    private string AddCourtesy(string text, Language language)
    {
        if (chance.Happens(0.15))
        {
            var opening = chance.Pick(words.Openings[language]);
            text = language == Language.English && !opening.EndsWith(". ", StringComparison.Ordinal) && !KeepsCapital().IsMatch(text)
                ? opening + char.ToLowerInvariant(text[0]) + text[1..]
                : opening + text;
        }
        return chance.Happens(0.08) ? text + chance.Pick(words.Closings[language]) : text;
    }

    /// <summary>Latin words and numbers within Chinese stand with spaces around them or without.</summary>
    private string Respace(string text) => chance.Between(0, 9) switch
    {
        <= 5 => text,
        <= 7 => LatinBesideHan().Replace(text, "$1$3 $2$4"),
        8 => SpaceBesideHan().Replace(text, ""),
        _ when chance.Happens(0.5) => text.ToLowerInvariant(),
        _ => text.TrimEnd('？', '?', '。') is { Length: > 0 } bare ? bare : text,
    };

    private string Recase(string text) => chance.Between(0, 19) switch
    {
        <= 13 => text,
        <= 17 => text.ToLowerInvariant(),
        18 => text.Replace("'", "", StringComparison.Ordinal),
        _ => text.ToUpperInvariant(),
    };

    /// <summary>Swaps, drops or doubles a letter within one long Latin word.</summary>
    private string Misspell(string text)
    {
        var longWords = LongWord().Matches(text);
        if (longWords.Count == 0)
        {
            return text;
        }
        var word = longWords[chance.Between(0, longWords.Count - 1)];
        var at = word.Index + chance.Between(1, word.Length - 3);
        return chance.Between(0, 2) switch
        {
            0 => text.Remove(at, 1),
            1 => text.Insert(at, text[at].ToString()),
            _ => text[..at] + text[at + 1] + text[at] + text[(at + 2)..],
        };
    }

    [GeneratedRegex(@"([\p{IsCJKUnifiedIdeographs}])([A-Za-z0-9])|([A-Za-z0-9])([\p{IsCJKUnifiedIdeographs}])")]
    private static partial Regex LatinBesideHan();

    [GeneratedRegex(@"(?<=\p{IsCJKUnifiedIdeographs}) +(?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) +(?=\p{IsCJKUnifiedIdeographs})")]
    private static partial Regex SpaceBesideHan();

    [GeneratedRegex(@"^(I\b|[A-Z0-9]{2}|[A-Z][a-z]*[A-Z#.])")]
    private static partial Regex KeepsCapital();

    [GeneratedRegex("[A-Za-z]{6,}")]
    private static partial Regex LongWord();
}
