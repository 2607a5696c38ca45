namespace Slipway.Engine.Training.Operations;

/// <summary>Where one query head of one segment stands, or its gradients. Rows are strided over all heads.</summary>
internal readonly unsafe struct AttentionHead
{
    /// <summary>[length][head length].</summary>
    public required float* Query { get; init; }

    /// <summary>[length][head length] of the key head that the query head shares.</summary>
    public required float* Key { get; init; }

    /// <summary>[length][head length].</summary>
    public required float* Value { get; init; }

    /// <summary>[length][head length] what the head read.</summary>
    public required float* Output { get; init; }

    /// <summary>[length] log Σ e^score of each row; not used in gradients.</summary>
    public float* LogSums { get; init; }

    public int LogSumStride { get; init; }
}
