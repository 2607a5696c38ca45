using System.Globalization;
using System.Text;

namespace Slipway.Evaluation;

/// <summary>One question with what the model answered.</summary>
/// <param name="Question">The question.</param>
/// <param name="Answer">Without its thought.</param>
/// <param name="IsRight">What its key says.</param>
internal sealed record ScoredAnswer(Question Question, string Answer, bool IsRight);

/// <summary>A line of the table.</summary>
internal sealed record Score(string Group, string Language, int Right, int Asked)
{
    /// <summary>0 to 1.</summary>
    public double Share => (double)Right / Asked;
}

/// <summary>Right and asked by group and language, in the order in which the groups first appear.</summary>
internal sealed class ScoreTable
{
    public const string Overall = "all";

    private readonly List<Score> _lines;

    public ScoreTable(IReadOnlyList<ScoredAnswer> answers)
    {
        _lines = [.. answers
            .GroupBy(answer => (answer.Question.Group, answer.Question.Language))
            .Select(group => new Score(group.Key.Group, group.Key.Language, group.Count(answer => answer.IsRight), group.Count()))];
        var groups = _lines.Select(line => line.Group).Distinct().ToList();
        _lines = [.. _lines.OrderBy(line => groups.IndexOf(line.Group)).ThenBy(line => line.Language, StringComparer.Ordinal)];
        Groups = [.. groups.Select(group => Sum(group, "", _lines.Where(line => line.Group == group)))];
        Languages = [.. _lines.Select(line => line.Language).Where(language => language.Length > 0).Distinct().Order(StringComparer.Ordinal)
            .Select(language => Sum(Overall, language, _lines.Where(line => line.Language == language)))];
        Total = Sum(Overall, "", _lines);
    }

    /// <summary>One for each group, its languages together.</summary>
    public IReadOnlyList<Score> Groups { get; }

    /// <summary>One for each language, all groups together.</summary>
    public IReadOnlyList<Score> Languages { get; }

    public Score Total { get; }

    /// <summary>The score that <c>--at-least</c> means by a name; null where there is no such group.</summary>
    public Score? Find(string group) => group == Overall ? Total : Groups.FirstOrDefault(score => score.Group == group);

    public string ToText()
    {
        var rows = Rows().Select(score => (Cells: Cells(score), score)).ToList();
        var width = rows.Max(row => row.Cells[0].Length);
        return string.Concat(rows.Select(row => $"{row.Cells[0].PadRight(width)}  {row.Cells[1],-4}{row.Cells[2],11}{row.Cells[3],9}\n"));
    }

    /// <summary>A Markdown table that begins with its heading row.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder("| group | language | right | share |\n|---|---|---:|---:|\n");
        foreach (var cells in Rows().Select(Cells))
        {
            text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" "))).Append(" |\n");
        }
        return text.ToString();
    }

    private static Score Sum(string group, string language, IEnumerable<Score> lines)
    {
        var list = lines.ToList();
        return new Score(group, language, list.Sum(line => line.Right), list.Sum(line => line.Asked));
    }

    private static string[] Cells(Score score) =>
    [
        score.Group, score.Language, string.Create(CultureInfo.InvariantCulture, $"{score.Right}/{score.Asked}"),
        string.Create(CultureInfo.InvariantCulture, $"{100 * score.Share:0.0} %"),
    ];

    private IEnumerable<Score> Rows() => [.. _lines, .. Languages, Total];
}
