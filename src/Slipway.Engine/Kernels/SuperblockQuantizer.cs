namespace Slipway.Engine.Kernels;

/// <summary>The 256-value formats: scales of runs are themselves stored as small integers under one scale.</summary>
internal static class SuperblockQuantizer
{
    /// <summary>Q4_K and Q5_K: eight runs of 32, x ≈ scale · code − minimum, scale and minimum in six bits each.</summary>
    public static void EncodeWithMinima(ReadOnlySpan<float> x, Span<byte> block, int bits)
    {
        Span<float> scales = stackalloc float[8];
        Span<float> minima = stackalloc float[8];
        var most = (1 << bits) - 1;
        for (var run = 0; run < 8; run++)
        {
            var (low, high) = (0f, 0f); // The minimum is stored as what is subtracted: never negative.
            foreach (var value in x.Slice(run * 32, 32))
            {
                (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
            }
            (scales[run], minima[run]) = ((high - low) / most, -low);
        }
        var scale = Largest(scales) / 63;
        var minimum = Largest(minima) / 63;
        Quantizer.WriteHalf(block, scale);
        Quantizer.WriteHalf(block[2..], minimum);
        var codes = block[(bits == 4 ? 16 : 48)..];
        for (var run = 0; run < 8; run++)
        {
            var (s, m) = (Share(scales[run], scale), Share(minima[run], minimum));
            PackScale(block[4..16], run, s, m);
            for (var i = 0; i < 32; i++)
            {
                var step = s * scale;
                var code = step == 0 ? 0 : Math.Clamp((int)(((x[(run * 32) + i] + (m * minimum)) / step) + 0.5f), 0, most);
                codes[(run / 2 * 32) + i] |= (byte)((code & 15) << (run % 2 * 4));
                if (bits == 5)
                {
                    block[16 + i] |= (byte)((code >> 4) << run);
                }
            }
        }
    }

    /// <summary>Q6_K: sixteen groups of 16, x ≈ scale · (code − 32), the group's scale a signed byte.</summary>
    public static void EncodeQ6(ReadOnlySpan<float> x, Span<byte> block)
    {
        Span<float> scales = stackalloc float[16];
        for (var group = 0; group < 16; group++)
        {
            var largest = 0f;
            foreach (var value in x.Slice(group * 16, 16))
            {
                largest = MathF.Max(largest, MathF.Abs(value));
            }
            scales[group] = largest / 31;
        }
        var scale = Largest(scales) / 127;
        Quantizer.WriteHalf(block[208..], scale);
        for (var e = 0; e < 256; e++)
        {
            var s = scale == 0 ? 0 : (int)MathF.Round(scales[e / 16] / scale);
            block[192 + (e / 16)] = (byte)s;
            var code = s == 0 ? 32 : Math.Clamp((int)MathF.Round(x[e] / (s * scale)) + 32, 0, 63);
            var (half, run, lane) = (e / 128, e % 128 / 32, e % 32);
            block[(half * 64) + (run % 2 * 32) + lane] |= (byte)((code & 15) << (run / 2 * 4));
            block[128 + (half * 32) + lane] |= (byte)((code >> 4) << (run * 2));
        }
    }

    private static float Largest(ReadOnlySpan<float> values)
    {
        var largest = 0f;
        foreach (var value in values)
        {
            largest = MathF.Max(largest, value);
        }
        return largest;
    }

    private static int Share(float value, float unit) => unit == 0 ? 0 : Math.Min(63, (int)MathF.Round(value / unit));

    /// <summary>Puts a run's six bits into the twelve bytes, which hold zeros there.</summary>
    internal static void PackScale(Span<byte> packed, int run, int scale, int minimum)
    {
        if (run < 4)
        {
            packed[run] |= (byte)scale;
            packed[run + 4] |= (byte)minimum;
            return;
        }
        packed[run + 4] |= (byte)((scale & 15) | ((minimum & 15) << 4));
        packed[run - 4] |= (byte)((scale >> 4) << 6);
        packed[run] |= (byte)((minimum >> 4) << 6);
    }
}
