namespace Slipway.Engine.ChatTemplates;

/// <summary>
/// What one template may cost. Templates come inside model files from strangers; going over a limit is a
/// <see cref="ChatTemplateException"/> that names the limit.
/// </summary>
public sealed record ChatTemplateLimits
{
    public static ChatTemplateLimits Default { get; } = new();

    /// <summary>Longest template source, in UTF-16 units. At least 1.</summary>
    public int MaxSourceLength { get; init; } = 1 << 20;

    /// <summary>
    /// Work of one rendering: about one step per evaluated node and per element visited, and one per 16 characters of text
    /// made. It bounds memory too, since whatever is made has been paid for first.
    /// </summary>
    public long MaxSteps { get; init; } = 10_000_000;

    /// <summary>Longest text, in UTF-16 units: of the whole prompt, and of any string made on the way.</summary>
    public int MaxOutputLength { get; init; } = 32 << 20;

    /// <summary>Deepest nesting: of brackets and blocks in the source, of macro calls, and of values in one another.</summary>
    public int MaxDepth { get; init; } = 100;

    internal void Validate()
    {
        Check(nameof(MaxSourceLength), MaxSourceLength);
        Check(nameof(MaxSteps), MaxSteps);
        Check(nameof(MaxOutputLength), MaxOutputLength);
        Check(nameof(MaxDepth), MaxDepth);
    }

    private static void Check(string name, long value)
    {
        if (value < 1)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 1.");
        }
    }
}
