using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Kernels;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training.Export;

/// <summary>Stores parameters in a tensor format, a few rows at a time.</summary>
internal static class ParameterWriter
{
    /// <summary>Values that are encoded at once: small beside a model, large beside a call.</summary>
    private const int ChunkValues = 1 << 18;

    /// <summary>
    /// The format a parameter gets where <paramref name="wanted"/> is asked for: norms are F32, rows that do not fill its blocks F16.
    /// </summary>
    public static GgmlType TypeOf(Parameter parameter, GgmlType wanted)
    {
        if (parameter.IsVector)
        {
            return GgmlType.F32;
        }
        return parameter.Columns % wanted.BlockLength() == 0 ? wanted : GgmlType.F16;
    }

    /// <summary>Encodes the first rows of a parameter.</summary>
    public static unsafe void Write(Stream stream, Parameter parameter, int rows, GgmlType type)
    {
        var step = Math.Max(1, ChunkValues / parameter.Columns);
        for (var row = 0; row < rows; row += step)
        {
            var count = Math.Min(step, rows - row);
            var values = new ReadOnlySpan<float>(parameter.Value + ((long)row * parameter.Columns), count * parameter.Columns);
            stream.Write(Quantizer.Encode(type, values));
        }
    }
}
