namespace Slipway.Recipe.Worlds;

/// <summary>The same thing in both languages.</summary>
internal sealed record Bilingual<T>
{
    public required T Zh { get; init; }

    public required T En { get; init; }

    public T this[Language language] => language == Language.Chinese ? Zh : En;
}
