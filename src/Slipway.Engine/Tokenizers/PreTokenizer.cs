namespace Slipway.Engine.Tokenizers;

/// <summary>How text is cut into pieces before merging; no token crosses a cut.</summary>
public enum PreTokenizer
{
    /// <summary>GPT-2: contractions in lower case only, numbers of any length.</summary>
    Gpt2,

    /// <summary>Qwen2, Qwen2.5, Qwen3: every digit alone.</summary>
    Qwen2,

    /// <summary>Llama 3: digits in groups of up to three.</summary>
    Llama3,
}
