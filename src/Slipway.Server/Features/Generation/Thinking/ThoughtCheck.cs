using System.Text;
using Slipway.Client.Generation;

namespace Slipway.Server.Features.Generation.Thinking;

/// <summary>What is wrong with a thought.</summary>
internal static class ThoughtCheck
{
    private const int ShortestSentence = 12;
    private const int MostSaid = 3;
    private const int Span = 20;
    private const int ShortestLoop = 4 * Span;

    private static readonly char[] SentenceEnds = ['\n', '.', '!', '?', ';', '。', '！', '？', '；'];

    /// <summary>Of <see cref="ThoughtIssues"/>; none for a thought that is whole.</summary>
    public static IReadOnlyList<string> FindIssues(Sample sample)
    {
        if (!sample.HasThought)
        {
            return [ThoughtIssues.NoThought];
        }

        var issues = new List<string>();
        if (sample.ThoughtIsCut)
        {
            issues.Add(ThoughtIssues.CutAtBudget);
        }

        if (sample.ThoughtIsOpen)
        {
            issues.Add(ThoughtIssues.NeverClosed);
        }

        if (string.IsNullOrWhiteSpace(sample.Reasoning))
        {
            issues.Add(ThoughtIssues.Empty);
        }
        else if (Repeats(sample.Reasoning))
        {
            issues.Add(ThoughtIssues.RepeatsItself);
        }

        return issues;
    }

    /// <summary>
    /// A sentence or line of 12 characters or more stands in it four times, or more than half of it are spans of 20 characters that
    /// stood in it before; white space and case do not count.
    /// </summary>
    internal static bool Repeats(string thought) => RepeatsSentence(thought) || RepeatsSpans(Squeeze(thought));

    private static bool RepeatsSentence(string thought)
    {
        var said = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var sentence in thought.Split(SentenceEnds).Select(Squeeze).Where(sentence => sentence.Length >= ShortestSentence))
        {
            if ((said[sentence] = said.GetValueOrDefault(sentence) + 1) > MostSaid)
            {
                return true;
            }
        }

        return false;
    }

    private static bool RepeatsSpans(string text)
    {
        if (text.Length < ShortestLoop)
        {
            return false;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var spans = seen.GetAlternateLookup<ReadOnlySpan<char>>();
        var (repeated, counted) = (0, 0);
        for (var at = 0; at + Span <= text.Length; at++)
        {
            if (!spans.Add(text.AsSpan(at, Span)))
            {
                // Each character once, however many of the spans it is in.
                repeated += at + Span - Math.Max(at, counted);
                counted = at + Span;
            }
        }

        return repeated * 2 > text.Length;
    }

    private static string Squeeze(string text)
    {
        var squeezed = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            if (!char.IsWhiteSpace(letter))
            {
                squeezed.Append(char.ToLowerInvariant(letter));
            }
        }

        return squeezed.ToString();
    }
}
