using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>What the folder of a step is called, whole and on its way.</summary>
/// <param name="Step">Steps taken, 0 or more.</param>
internal readonly partial record struct CheckpointName(int Step)
{
    public string Complete => string.Create(CultureInfo.InvariantCulture, $"checkpoint-{Step}");

    public string Partial => Complete + ".partial";

    public string Replaced => Complete + ".replaced";

    public string Removed => Complete + ".removed";

    /// <summary>The name that a folder is a form of; null for one that is not ours.</summary>
    public static CheckpointName? Parse(string folder) =>
        Pattern().Match(folder) is { Success: true } match
        && int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var step)
            ? new CheckpointName(step)
            : null;

    [GeneratedRegex(@"^checkpoint-(0|[1-9][0-9]{0,9})(\.partial|\.replaced|\.removed)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
