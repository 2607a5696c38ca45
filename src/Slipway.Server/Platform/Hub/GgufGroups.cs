using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Server.Platform.Hub;

/// <summary>A GGUF model of a repository: one file, or all its parts.</summary>
/// <param name="Stem">Its path without part and ending.</param>
/// <param name="Format">What its name says of its weights, such as <c>Q4_K_M</c>; null where it says nothing.</param>
/// <param name="Parts">In order.</param>
/// <param name="PartCount">How many parts there have to be.</param>
internal sealed record GgufGroup(string Stem, string? Format, IReadOnlyList<RemoteFile> Parts, int PartCount)
{
    public long Bytes => Parts.Sum(part => part.Size);

    /// <summary>How it is asked for.</summary>
    public string Selector => Format ?? RemotePath.NameOf(Parts[0].Path);
}

/// <summary>Finds the GGUF models of a list by the names of their files.</summary>
internal static partial class GgufGroups
{
    public const string Ending = ".gguf";

    public static List<GgufGroup> Of(IEnumerable<RemoteFile> files) =>
    [
        .. from file in files
           let match = Name().Match(file.Path)
           where match.Success && !IsCompanion(RemotePath.NameOf(file.Path))
           group (file, match) by (Stem: match.Groups["stem"].Value, Count: match.Groups["count"].Value) into parts
           orderby parts.Key.Stem
           select new GgufGroup(
               parts.Key.Stem, FormatOf(parts.Key.Stem), [.. parts.Select(part => part.file).OrderBy(part => part.Path, StringComparer.Ordinal)],
               parts.Key.Count.Length == 0 ? 1 : int.Parse(parts.Key.Count, CultureInfo.InvariantCulture)),
    ];

    /// <summary>What belongs to a model without being one: eyes, and the statistics that quantizing used.</summary>
    private static bool IsCompanion(string name) =>
        name.StartsWith("mmproj", StringComparison.OrdinalIgnoreCase) || name.Contains("imatrix", StringComparison.OrdinalIgnoreCase);

    // Some put each format into a folder of its name.
    private static string? FormatOf(string stem) =>
        Format().Match(RemotePath.NameOf(stem)) is { Success: true } own ? own.Groups["format"].Value
        : stem.LastIndexOf('/') is > 0 and var slash && Format().Match(RemotePath.NameOf(stem[..slash])) is { Success: true } folder ? folder.Groups["format"].Value
        : null;

    [GeneratedRegex(@"\A(?<stem>.+?)(?:-\d{5}-of-(?<count>\d{5}))?\.gguf\z", RegexOptions.IgnoreCase)]
    private static partial Regex Name();

    [GeneratedRegex(@"(?:\A|[-._])(?<format>(?:UD-)?(?:I?Q[1-8]_[A-Za-z0-9_]+|TQ[12]_0|MXFP4(?:_MOE)?|BF16|FP?16|FP?32))\z", RegexOptions.IgnoreCase)]
    private static partial Regex Format();
}
