using System.Globalization;
using System.Text.RegularExpressions;
using Slipway.Recipe.Arithmetic;
using Slipway.Recipe.Exchanges;

namespace Slipway.Recipe.Output;

/// <summary>Refuses training lines that give the evaluation away.</summary>
internal sealed partial class HeldOutGuard(HeldOutTexts heldOut)
{
    /// <summary>Returns <paramref name="lines"/> unchanged, or throws at the first that holds something of the evaluation.</summary>
    public IEnumerable<Line> Check(IEnumerable<Line> lines)
    {
        foreach (var line in lines)
        {
            foreach (var message in line.Messages)
            {
                Check(message);
            }
            yield return line;
        }
    }

    private void Check(Message message)
    {
        if (message.Role == Message.User && heldOut.Holds(message.Content))
        {
            throw new RecipeException($"The evaluation's question '{message.Content}' came up in training.");
        }
        if (message.Role != Message.Assistant)
        {
            return;
        }
        foreach (var sum in Sums().Matches($"{message.Reasoning}\n{message.Content}").Cast<Match>())
        {
            if (PairSplit.IsHeldOut(Number(sum.Groups[1]), Number(sum.Groups[2])))
            {
                throw new RecipeException($"The evaluation's sum '{sum.Value}' came up in training.");
            }
        }
    }

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Whole sums: at the beginning of a line, or after words such as "so first".</summary>
    [GeneratedRegex(@"(?<![-+\d=] |\d)(\d{1,2}) [+-] (\d{1,2})(?= =|$)", RegexOptions.Multiline)]
    private static partial Regex Sums();
}
