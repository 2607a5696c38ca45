namespace Slipway.Recipe.Worlds;

/// <summary>What conversations are made of besides facts.</summary>
internal sealed record ConversationWords
{
    /// <summary>System messages. They change nothing.</summary>
    public required Bilingual<IReadOnlyList<string>> System { get; init; }

    /// <summary>What people say before a question.</summary>
    public required Bilingual<IReadOnlyList<string>> Openings { get; init; }

    /// <summary>What people say after a question.</summary>
    public required Bilingual<IReadOnlyList<string>> Closings { get; init; }

    /// <summary>What people say before small talk.</summary>
    public required Bilingual<IReadOnlyList<string>> TalkOpenings { get; init; }

    /// <summary>What people say after small talk.</summary>
    public required Bilingual<IReadOnlyList<string>> TalkClosings { get; init; }

    /// <summary>What stands around a question put as a clause, <c>{q}</c>.</summary>
    public required Bilingual<IReadOnlyList<string>> Wrappers { get; init; }

    /// <summary>Groups of words that may stand for one another in questions.</summary>
    public required Bilingual<IReadOnlyList<IReadOnlyList<string>>> Synonyms { get; init; }

    /// <summary>Requests for the other language, put after a question: in Chinese for an English answer, in English for a Chinese one.</summary>
    public required Bilingual<IReadOnlyList<string>> InOtherLanguage { get; init; }

    /// <summary>Asks for the last answer in the other language.</summary>
    public required Bilingual<Phrasings> Translate { get; init; }

    /// <summary>Asks for the last answer again.</summary>
    public required Bilingual<Phrasings> Repeat { get; init; }

    /// <summary>Asks how the thing that was just explained differs from <c>{y}</c>.</summary>
    public required Bilingual<Phrasings> CompareWith { get; init; }

    public required Bilingual<Remembered> Name { get; init; }

    public required Bilingual<Remembered> Liking { get; init; }
}

/// <summary>Something about themselves that people tell and ask for later; <c>{x}</c> is the thing.</summary>
internal sealed record Remembered
{
    public required IReadOnlyList<string> Things { get; init; }

    public required IReadOnlyList<string> HeldOutThings { get; init; }

    /// <summary>Parts that make further things, so that there are too many to know by heart; null where there are only <see cref="Things"/>.</summary>
    public Parts? Composed { get; init; }

    public required IReadOnlyList<string> Tell { get; init; }

    public required string Told { get; init; }

    public required Phrasings Recall { get; init; }

    public required string Answer { get; init; }

    /// <summary>The answer where nothing was told.</summary>
    public required string Unknown { get; init; }

    /// <summary>Text of <see cref="Unknown"/> by which the evaluation knows it.</summary>
    public required string UnknownAccept { get; init; }
}

/// <summary>Any first with any second.</summary>
internal sealed record Parts
{
    public required IReadOnlyList<string> First { get; init; }

    public required IReadOnlyList<string> Second { get; init; }
}
