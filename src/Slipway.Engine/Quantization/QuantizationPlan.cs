using System.Text;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Quantization;

/// <summary>What every tensor of a file becomes; made, and refused, before anything is written.</summary>
internal sealed class QuantizationPlan
{
    private const int LongestName = 63;

    /// <exception cref="ModelFormatException">The file has nothing to store, a name too long to write, or is quantized already.</exception>
    public QuantizationPlan(GgufFile source, QuantizationOptions options)
    {
        var tensors = source.Tensors;
        if (tensors.Count == 0)
        {
            throw new ModelFormatException($"'{source.Path}' has no tensors; wanted is a model.");
        }
        var types = new TensorTypes(options.Type, tensors.Select(tensor => tensor.Name));
        Steps = [.. tensors.Select(tensor => new Step(tensor, types.Choose(tensor.Name, tensor.Dimensions, tensor.Type)))];
        foreach (var step in Steps)
        {
            Check(source.Path, step, options);
        }
    }

    /// <summary>In the order of the file.</summary>
    public IReadOnlyList<Step> Steps { get; }

    public long Values => Steps.Sum(step => step.Tensor.ElementCount);

    /// <summary>Of the tensors once stored.</summary>
    public long Bytes => Steps.Sum(step => step.To.RowBytes(step.Tensor.ElementCount));

    private static void Check(string path, Step step, QuantizationOptions options)
    {
        var (name, from) = (step.Tensor.Name, step.Tensor.Type);
        if (Encoding.UTF8.GetByteCount(name) is 0 or > LongestName)
        {
            throw new ModelFormatException($"'{path}': the tensor name '{name}' is empty or longer than {LongestName} bytes, which no reader accepts.");
        }
        if (from.BlockLength() > 1 && from != step.To && !options.AllowRequantize)
        {
            throw new ModelFormatException(
                $"'{path}': tensor '{name}' is {from} already, and storing it as {step.To} adds a second rounding to the first. "
                + "Quantize the F32, F16 or BF16 model instead, or allow it with --allow-requantize.");
        }
    }

    /// <summary>One tensor and its new format.</summary>
    public readonly record struct Step(GgufTensor Tensor, GgmlType To);
}
