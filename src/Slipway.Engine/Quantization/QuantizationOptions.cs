namespace Slipway.Engine.Quantization;

/// <summary>How <see cref="ModelQuantizer"/> works.</summary>
public sealed record QuantizationOptions
{
    internal const int MostThreads = 1024;

    /// <summary>What the model becomes.</summary>
    public required QuantizationType Type { get; init; }

    /// <summary>Threads that compute, 1 to 1024.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether tensors of eight bits and fewer may be stored anew: their rounding stays and the new one is added.</summary>
    public bool AllowRequantize { get; init; }

    /// <summary>Whether an output that exists is replaced.</summary>
    public bool Overwrites { get; init; }

    /// <summary>Whether what was stored is read back and compared, for about a third more time.</summary>
    public bool MeasureErrors { get; init; }
}
