using System.Text.RegularExpressions;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Conversations;

/// <summary>Asks the same with other words, by rules that hold for many questions.</summary>
internal sealed class Rewording(ConversationWords words, Chance chance)
{
    private const double WithSynonym = 0.25;
    private const double Wrapped = 0.12;
    private const string Question = "{q}";

    private static readonly string[] ChineseQuestionWords = ["什么", "多少", "几", "哪", "谁", "怎么", "如何", "怎样", "为何", "多大", "多长"];
    private static readonly Regex ChineseUnfit = new("^(你|我|请|能|可以|告诉|想|说|讲|介绍|解释|帮)|[吗呢吧]$|[，。：]");

    private readonly Dictionary<string, Regex> _whole = [];

    public string Reword(string question, Language language)
    {
        var text = chance.Happens(WithSynonym) ? ReplaceSynonym(question, language) : question;
        return chance.Happens(Wrapped) ? Wrap(text, language) : text;
    }

    private string ReplaceSynonym(string question, Language language)
    {
        var fitting = words.Synonyms[language]
            .SelectMany(group => group.Where(word => Whole(word, language).IsMatch(question)).Select(word => (Word: word, Group: group)))
            .ToList();
        if (fitting.Count == 0)
        {
            return question;
        }
        var (found, synonyms) = chance.Pick(fitting);
        return Whole(found, language).Replace(question, chance.Pick(synonyms));
    }

    /// <summary>The word by itself: "big" is not in "bigger". Chinese knows no such bounds.</summary>
    private Regex Whole(string word, Language language)
    {
        if (!_whole.TryGetValue(word, out var pattern))
        {
            _whole[word] = pattern = new Regex(language == Language.English ? $@"\b{Regex.Escape(word)}\b" : Regex.Escape(word));
        }
        return pattern;
    }

    /// <summary>"What is AES?" in "Can you tell me what AES is?"; the question unchanged where no rule fits.</summary>
    private string Wrap(string question, Language language)
    {
        var clause = language == Language.English ? EnglishClause.Of(question) : ChineseClause(question);
        return clause is null ? question : chance.Pick(words.Wrappers[language]).Replace(Question, clause, StringComparison.Ordinal);
    }

    /// <summary>A Chinese question is a clause already, unless it addresses somebody or has a particle.</summary>
    private static string? ChineseClause(string question)
    {
        var clause = question.TrimEnd('？', '?');
        return ChineseQuestionWords.Any(word => clause.Contains(word, StringComparison.Ordinal)) && !ChineseUnfit.IsMatch(clause) ? clause : null;
    }
}
