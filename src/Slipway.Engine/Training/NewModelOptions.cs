namespace Slipway.Engine.Training;

/// <summary>The size of a new Qwen3 model, named as in Hugging Face's <c>config.json</c>.</summary>
public sealed record NewModelOptions
{
    /// <summary>A <c>tokenizer.json</c> or a GGUF file to take the tokenizer from.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>A file with the chat template (Jinja); null takes the one beside the tokenizer, where there is one.</summary>
    public string? ChatTemplate { get; init; }

    public int HiddenSize { get; init; } = 256;

    public int IntermediateSize { get; init; } = 768;

    public int Layers { get; init; } = 6;

    public int AttentionHeads { get; init; } = 4;

    public int KeyValueHeads { get; init; } = 2;

    public int HeadLength { get; init; } = 64;

    public int ContextLength { get; init; } = 2048;

    public double RopeBase { get; init; } = 10_000;

    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Standard deviation of the initial weights.</summary>
    public double InitializerRange { get; init; } = 0.02;
}
