namespace Slipway.Recipe.Worlds;

/// <summary>Questions that the model does not know the answer to, and how it says so.</summary>
internal sealed record OutsideQuestions
{
    public required OutsideText Zh { get; init; }

    public required OutsideText En { get; init; }

    /// <summary>What may stand in <c>{slot}</c> while training.</summary>
    public required Bilingual<IReadOnlyDictionary<string, IReadOnlyList<string>>> Slots { get; init; }

    /// <summary>What stands in <c>{slot}</c> in the evaluation.</summary>
    public required Bilingual<IReadOnlyDictionary<string, IReadOnlyList<string>>> HeldOutSlots { get; init; }

    public OutsideText this[Language language] => language == Language.Chinese ? Zh : En;
}

/// <summary>Outside questions in one language.</summary>
internal sealed record OutsideText
{
    public required IReadOnlyList<string> Ask { get; init; }

    public required IReadOnlyList<string> HeldOut { get; init; }

    public required IReadOnlyList<string> Answer { get; init; }
}
