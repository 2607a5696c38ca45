namespace Slipway.Commands;

/// <summary>A deployment of the model deployer as clients write it: <c>Qwen3-8B/dev</c>.</summary>
internal sealed record ModelName(string Id, string Tag)
{
    public const string UsualTag = "dev";

    /// <exception cref="ArgumentException">The text is no such name.</exception>
    public static ModelName Of(string text)
    {
        var parts = text.Split('/', 2);
        return parts is [{ Length: > 0 } id] ? new ModelName(id, UsualTag)
            : parts is [{ Length: > 0 } named, { Length: > 0 } tag] ? new ModelName(named, tag)
            : throw new ArgumentException($"'{text}' is no model; accepted is MODEL or MODEL/TAG, such as slipway-tiny/dev.");
    }

    public override string ToString() => $"{Id}/{Tag}";
}
