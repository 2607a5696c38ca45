namespace Slipway.Recipe.Worlds;

/// <summary>One thing that the model knows.</summary>
internal sealed record Entry
{
    public required string Id { get; init; }

    public required string Group { get; init; }

    public required EntryText Zh { get; init; }

    public required EntryText En { get; init; }

    /// <summary>Names of the thing; "X and Y" where two things are compared. With <see cref="Frame"/> more questions come of them.</summary>
    public Bilingual<IReadOnlyList<string>>? About { get; init; }

    /// <summary>The frame in frames.json whose questions fit.</summary>
    public string? Frame { get; init; }

    public EntryText this[Language language] => language == Language.Chinese ? Zh : En;
}

/// <summary>An entry in one language.</summary>
internal sealed record EntryText
{
    public required IReadOnlyList<string> Ask { get; init; }

    public required IReadOnlyList<string> HeldOut { get; init; }

    /// <summary>The one answer; several only where any of them may come.</summary>
    public required IReadOnlyList<string> Answer { get; init; }

    /// <summary>Texts that a right answer holds, all of them.</summary>
    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>Texts of which a right answer holds one.</summary>
    public IReadOnlyList<string> AcceptAny { get; init; } = [];

    /// <summary>A short thought before the answer.</summary>
    public string? Think { get; init; }
}
