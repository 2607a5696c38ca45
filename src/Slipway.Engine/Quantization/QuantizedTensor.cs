using System.Collections.Immutable;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Quantization;

/// <summary>What became of one tensor.</summary>
public sealed record QuantizedTensor
{
    public required string Name { get; init; }

    /// <summary>Lengths, the fastest-running first.</summary>
    public required ImmutableArray<long> Dimensions { get; init; }

    public required GgmlType From { get; init; }

    public required GgmlType To { get; init; }

    public long Values => Dimensions.Aggregate(1L, (product, length) => product * length);

    public long BytesBefore => From.RowBytes(Values);

    public long BytesAfter => To.RowBytes(Values);

    /// <summary>Σ (stored − read)² over the tensor; null where it was not measured, 0 where the bytes were copied.</summary>
    public required double? SquaredError { get; init; }

    /// <summary>Σ read² over the tensor; null where it was not measured.</summary>
    public required double? SquaredNorm { get; init; }

    /// <summary>Root mean square error (RMSE), in the unit of the values.</summary>
    public double? Error => SquaredError is { } sum ? Math.Sqrt(sum / Values) : null;

    /// <summary><see cref="Error"/> by the root mean square of the values; 0 where all are zero.</summary>
    public double? RelativeError => SquaredError is { } error && SquaredNorm is { } norm ? Relative(error, norm) : null;

    internal static double Relative(double squaredError, double squaredNorm) => squaredError == 0 ? 0 : Math.Sqrt(squaredError / squaredNorm);
}

/// <summary>What became of a whole model.</summary>
public sealed record QuantizationOutcome
{
    /// <summary>In the order of the file.</summary>
    public required IReadOnlyList<QuantizedTensor> Tensors { get; init; }

    /// <summary>Of the new file, all of it.</summary>
    public required long Bytes { get; init; }

    public long Values => Tensors.Sum(tensor => tensor.Values);

    /// <summary>Bits that a value takes on average, before and after.</summary>
    public (double Before, double After) BitsPerValue =>
        (8.0 * Tensors.Sum(tensor => tensor.BytesBefore) / Values, 8.0 * Tensors.Sum(tensor => tensor.BytesAfter) / Values);

    /// <summary>Root mean square error over all values; null where it was not measured.</summary>
    public double? Error => Measured ? Math.Sqrt(Tensors.Sum(tensor => tensor.SquaredError!.Value) / Values) : null;

    /// <summary><see cref="Error"/> by the root mean square of all values.</summary>
    public double? RelativeError => Measured
        ? QuantizedTensor.Relative(Tensors.Sum(tensor => tensor.SquaredError!.Value), Tensors.Sum(tensor => tensor.SquaredNorm!.Value))
        : null;

    private bool Measured => Tensors.All(tensor => tensor is { SquaredError: not null, SquaredNorm: not null });
}
