namespace Slipway.Engine.Quantization.Search;

/// <summary>What the error of a value counts, where nothing is known of the inputs that it will meet.</summary>
internal static class Importance
{
    /// <summary>
    /// The run's root mean square and the value's own magnitude: a large weight moves more of the output, and the first part
    /// keeps many small ones from being given up for it.
    /// </summary>
    public static unsafe void Mixed(float* values, int count, float* weights)
    {
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
        for (var i = 0; i < count; i += 4)
        {
            s0 = MathF.FusedMultiplyAdd(values[i], values[i], s0);
            s1 = MathF.FusedMultiplyAdd(values[i + 1], values[i + 1], s1);
            s2 = MathF.FusedMultiplyAdd(values[i + 2], values[i + 2], s2);
            s3 = MathF.FusedMultiplyAdd(values[i + 3], values[i + 3], s3);
        }
        var mean = MathF.Sqrt((s0 + s1 + (s2 + s3)) / count);
        for (var i = 0; i < count; i++)
        {
            weights[i] = mean + MathF.Abs(values[i]);
        }
    }

    /// <summary>The square of the value, for symmetric codes of many bits, where small values lie close to a code anyway.</summary>
    public static unsafe void Squared(float* values, int count, float* weights)
    {
        for (var i = 0; i < count; i++)
        {
            weights[i] = values[i] * values[i];
        }
    }
}
