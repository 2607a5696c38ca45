using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Generation.Thinking;

/// <summary>Splits a thought at its own structure.</summary>
internal static partial class ThoughtSteps
{
    /// <summary>
    /// A step begins behind a blank line, with a line that is numbered ("1.", "2)", "Step 3", 第一步, 一、), and with a sentence that
    /// begins with "first", "second", "then", "next" or "finally", or with 首先, 其次, 然后, 接着 or 最后. A thought without any of this is one
    /// step, an empty one none. Nothing but the white space between the steps is lost.
    /// </summary>
    public static IReadOnlyList<string> Split(string thought)
    {
        var steps = new List<string>();
        var from = 0;
        foreach (var beginning in Beginning().EnumerateMatches(thought))
        {
            Add(from, beginning.Index);
            from = beginning.Index;
        }

        Add(from, thought.Length);
        return steps;

        void Add(int start, int end)
        {
            var step = thought.AsSpan(start, end - start).Trim();
            if (step.Length > 0)
            {
                steps.Add(step.ToString());
            }
        }
    }

    // Each way stands at the place where the step begins and looks back over two characters at most.
    [GeneratedRegex(
        """
        \n[\t\r\x20]{0,8}(?=\n)                                                                       # a blank line
        | (?<=^|\n)[\t\x20]{0,8}(?:[*#]{1,4}\x20?)?
            (?: [0-9]{1,3}[.)、:：](?![0-9]) | [(（][0-9]{1,3}[)）] | step\s?[0-9]{1,3}\b
              | 第[一二三四五六七八九十0-9]{1,3}步 | 步骤\s?[一二三四五六七八九十0-9]{1,3} | [一二三四五六七八九十]{1,3}、 )    # a numbered line
        | (?<=^|\n|[.!?;]\x20|[。！？；])(?:first|firstly|second|secondly|third|thirdly|then|next|finally|lastly)\b  # a sentence
        | (?<=^|[\n\x20。！？；，,.;])(?:首先|其次|然后|接着|最后)
        """,
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Beginning();
}
