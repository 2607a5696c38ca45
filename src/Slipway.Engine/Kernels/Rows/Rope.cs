namespace Slipway.Engine.Kernels.Rows;

/// <summary>Rotary position embedding (Su et al. 2021, arXiv:2104.09864) of one head, in place.</summary>
internal static unsafe class Rope
{
    /// <summary>Rotates the pairs (i, i + length/2), as Qwen lays its heads out.</summary>
    /// <param name="x">[length].</param>
    /// <param name="cos">[length/2] cosines of position · frequency.</param>
    /// <param name="sin">[length/2].</param>
    /// <param name="length">Even.</param>
    public static void Halves(float* x, float* cos, float* sin, int length)
    {
        var half = length / 2;
        for (var i = 0; i < half; i++)
        {
            var (a, b) = (x[i], x[i + half]);
            x[i] = (a * cos[i]) - (b * sin[i]);
            x[i + half] = (a * sin[i]) + (b * cos[i]);
        }
    }

    /// <summary>Rotates the pairs (2i, 2i + 1), as the converter to GGUF permutes Llama's heads.</summary>
    public static void Adjacent(float* x, float* cos, float* sin, int length)
    {
        for (var i = 0; i < length / 2; i++)
        {
            var (a, b) = (x[2 * i], x[(2 * i) + 1]);
            x[2 * i] = (a * cos[i]) - (b * sin[i]);
            x[(2 * i) + 1] = (a * sin[i]) + (b * cos[i]);
        }
    }
}
