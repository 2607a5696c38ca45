namespace Slipway.Engine.Embeddings;

/// <summary>How the states of a text's tokens become one vector.</summary>
public enum EmbeddingPooling
{
    /// <summary>The mean over all tokens.</summary>
    Mean,

    /// <summary>The last token's alone: it has seen all others.</summary>
    LastToken,
}
