namespace Slipway.Recipe.Conversations;

/// <summary>What may be put around a user's words without changing what is meant.</summary>
internal enum Manner
{
    /// <summary>Nothing: somebody tells their name, or types nonsense.</summary>
    Plain,

    /// <summary>The little words of small talk.</summary>
    Talk,

    /// <summary>Courtesy, other words for the same, clauses around it.</summary>
    Question,
}
