namespace Slipway.Engine.Tokenizers;

/// <summary>What a token is for. The numbers are those of <c>tokenizer.ggml.token_type</c>.</summary>
public enum TokenKind
{
    /// <summary>Ordinary text, reached by merging.</summary>
    Normal = 1,

    /// <summary>Stands in for bytes that the vocabulary cannot write.</summary>
    Unknown = 2,

    /// <summary>Steers the model (<c>&lt;|im_end|&gt;</c>); matched in text only where special tokens are parsed.</summary>
    Control = 3,

    /// <summary>Added text that is always matched whole (<c>&lt;think&gt;</c>) and is part of the answer.</summary>
    UserDefined = 4,

    /// <summary>A hole in the vocabulary or padding; never encoded.</summary>
    Unused = 5,

    /// <summary>One byte, written as <c>&lt;0x0A&gt;</c> in the file.</summary>
    Byte = 6,
}
