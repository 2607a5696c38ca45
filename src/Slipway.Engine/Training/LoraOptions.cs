namespace Slipway.Engine.Training;

/// <summary>Low-rank adaptation: W + α / r · B · A.</summary>
public sealed record LoraOptions
{
    /// <summary>r, 1 to 1024.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>α, above 0; null means 2 r.</summary>
    public double? Alpha { get; init; }

    /// <summary>Matrices that get one, by Hugging Face's names (<c>q_proj</c>, …); empty means all seven of every layer.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Whether the model is written with the additions merged in; else the adapter is written by itself.</summary>
    public bool Merge { get; init; } = true;
}
