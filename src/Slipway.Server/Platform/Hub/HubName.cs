using System.Text.RegularExpressions;

namespace Slipway.Server.Platform.Hub;

/// <summary>A model at a hub as users write it: <c>owner/name[:selector][@revision]</c>.</summary>
/// <param name="Owner">Who keeps the repository.</param>
/// <param name="Name">The repository's own name.</param>
/// <param name="Selector">A format such as <c>Q4_K_M</c>, or a file; null leaves the choice to <see cref="FileSelection"/>.</param>
/// <param name="Revision">A branch, a tag or a commit; null is the hub's usual branch.</param>
public sealed partial record HubName(string Owner, string Name, string? Selector, string? Revision)
{
    /// <summary>The selector of a repository's safetensors with all that belongs to them.</summary>
    public const string SafetensorsFolder = "safetensors";

    private static readonly string[] FileEndings = [".gguf", ".safetensors", ".json", ".jinja"];

    public string Repository => $"{Owner}/{Name}";

    /// <summary>Null when the text is no such name. What looks like a file, <c>models/x.gguf</c>, is none.</summary>
    public static HubName? TryParse(string text)
    {
        var match = text.Length <= 1024 ? Pattern().Match(text) : Match.Empty;
        if (!match.Success || text.Contains("..", StringComparison.Ordinal))
        {
            return null;
        }
        string? Part(string group) => match.Groups[group] is { Success: true } found ? found.Value : null;
        var name = new HubName(Part("owner")!, Part("name")!, Part("selector"), Part("revision"));
        return FileEndings.Any(ending => name.Name.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
            || name.Name.EndsWith('.') || name.Owner.EndsWith('.')
            || (name.Selector is { } selector && !RemotePath.IsSafe(selector))
            || (name.Revision is { } revision && !IsRevision(revision))
            ? null : name;
    }

    /// <exception cref="ArgumentException">The text is no such name.</exception>
    public static HubName Parse(string text) => TryParse(text)
        ?? throw new ArgumentException(
            $"'{RemotePath.Shown(text)}' is no model of a hub; accepted is OWNER/NAME[:FORMAT or FILE][@REVISION], such as Qwen/Qwen3-0.6B-GGUF:Q8_0.");

    /// <summary>Whether this may be a branch, a tag or a commit: letters, digits and <c>. _ - /</c>, 128 at most.</summary>
    public static bool IsRevision(string text) =>
        RevisionPattern().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal) && !text.Contains("//", StringComparison.Ordinal);

    public override string ToString() =>
        Repository + (Selector is null ? "" : ":" + Selector) + (Revision is null ? "" : "@" + Revision);

    [GeneratedRegex(@"\A(?<owner>[A-Za-z0-9_][A-Za-z0-9_.-]{0,95})/(?<name>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})(?::(?<selector>[^@:]{1,512}))?(?:@(?<revision>[^@:]{1,128}))?\z")]
    private static partial Regex Pattern();

    [GeneratedRegex(@"\A[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,126}[A-Za-z0-9._-])?\z")]
    private static partial Regex RevisionPattern();
}
