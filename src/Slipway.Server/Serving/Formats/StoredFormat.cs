using Slipway.Engine.Import;
using Slipway.Engine.Quantization;

namespace Slipway.Server.Serving.Formats;

/// <summary>A format in which a model can be had.</summary>
/// <param name="Format">Which.</param>
/// <param name="Path">The file or folder that holds it, or that it can be made from.</param>
/// <param name="Weights">What is known of the weights at <paramref name="Path"/>.</param>
/// <param name="Recipe">What they are to be stored as first; null where they are there.</param>
internal sealed record StoredFormat(WeightFormat Format, string Path, WeightFacts Weights, QuantizationType? Recipe = null)
{
    /// <summary>What its weights take in memory.</summary>
    public long Bytes { get; } = Recipe is { } recipe ? Weights.BytesAs(recipe) : Weights.Bytes;
}
