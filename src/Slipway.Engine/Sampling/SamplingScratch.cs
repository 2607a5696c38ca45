namespace Slipway.Engine.Sampling;

/// <summary>One worker's room to sort candidates in.</summary>
internal sealed class SamplingScratch(int vocabulary)
{
    private float[]? _raw;
    private ulong[]? _mask;

    /// <summary>Token ids.</summary>
    public int[] Ids { get; } = new int[vocabulary];

    /// <summary>Their weights, to be sorted with them.</summary>
    public float[] Weights { get; } = new float[vocabulary];

    /// <summary>The logits as the model made them, where probabilities are reported.</summary>
    public float[] Raw => _raw ??= new float[vocabulary];

    /// <summary>A bit for every token, where outputs are constrained.</summary>
    public ulong[] Mask => _mask ??= new ulong[(vocabulary + 63) / 64];
}
