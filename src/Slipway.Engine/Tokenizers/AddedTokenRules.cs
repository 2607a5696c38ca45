namespace Slipway.Engine.Tokenizers;

/// <summary>How a control or user-defined token is matched in text.</summary>
[Flags]
public enum AddedTokenRules
{
    /// <summary>Matched as it stands, anywhere, before normalisation.</summary>
    None = 0,

    /// <summary>Swallows the white space before it.</summary>
    StripsLeft = 1,

    /// <summary>Swallows the white space after it.</summary>
    StripsRight = 2,

    /// <summary>Matched only where no word character touches it.</summary>
    SingleWord = 4,

    /// <summary>Matched in the normalised text.</summary>
    Normalized = 8,
}
