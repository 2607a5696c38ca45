using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.House;

public sealed partial class LinkTests
{
    public static TheoryData<string> Documents() =>
        [.. Directory.EnumerateFiles(Sources.Root, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Sources.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(Sources.Root, file))];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_to_files_lead_somewhere(string document)
    {
        var folder = Path.GetDirectoryName(Path.Combine(Sources.Root, document))!;
        var targets = Link().Matches(Sources.Read(document)).Select(match => match.Groups[1].Value).Where(target => !target.Contains("://", StringComparison.Ordinal));

        Assert.All(targets, target => Assert.True(Path.Exists(Path.Combine(folder, target)), $"{target} does not exist."));
    }

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link();
}
