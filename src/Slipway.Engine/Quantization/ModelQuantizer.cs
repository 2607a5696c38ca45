using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Quantization;

/// <summary>Stores a model's weights in fewer bits: GGUF in, GGUF out.</summary>
public static class ModelQuantizer
{
    private const uint Version = 2; // Of the block formats; all readers of GGUF v3 expect it.

    /// <summary>
    /// Writes the output whole or not at all: it grows beside its place and is renamed at the end. The input is mapped, and
    /// besides it some megabytes for each thread are in use, whatever the size of the model.
    /// </summary>
    /// <param name="input">A GGUF file; of a split one, its first part.</param>
    /// <param name="output">One file, whatever the input.</param>
    /// <param name="options">What it becomes.</param>
    /// <param name="progress">Gets shares from 0 to 1.</param>
    /// <param name="cancellationToken">Ends the work; what was written is deleted.</param>
    /// <exception cref="FileNotFoundException">The input or a part of it is missing.</exception>
    /// <exception cref="ModelFormatException">The input is broken, is quantized already, or has a value that is no finite number; the message names the tensor.</exception>
    /// <exception cref="ArgumentException">Output and input are the same file.</exception>
    /// <exception cref="IOException">The output exists and is not to be replaced, cannot be written, or has no room on the disk.</exception>
    public static QuantizationOutcome Quantize(
        string input, string output, QuantizationOptions options, IProgress<double>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Threads, QuantizationOptions.MostThreads);
        using var source = GgufFile.Open(input);
        OutputPlace.Check(source.PartPaths, output, options.Overwrites);
        var plan = new QuantizationPlan(source, options);
        OutputPlace.CheckRoom(output, plan.Bytes);
        using var converter = new TensorConverter(options.Threads, options.MeasureErrors);
        List<QuantizedTensor> tensors = [];
        var (done, all) = (0L, plan.Values);
        var writer = new GgufWriter();
        AddMetadata(writer, source.Metadata, options.Type);
        foreach (var step in plan.Steps)
        {
            writer.AddTensor(step.Tensor.Name, step.To, [.. step.Tensor.Dimensions], stream => tensors.Add(converter.Convert(
                stream, step, values => progress?.Report((double)(done += values) / all), cancellationToken)));
        }
        writer.Write(output);
        return new QuantizationOutcome { Tensors = tensors, Bytes = new FileInfo(output).Length };
    }

    /// <summary>All pairs but those that the new file makes untrue: it is one file, aligned as the writer does, in another format.</summary>
    private static void AddMetadata(GgufWriter writer, GgufMetadata metadata, QuantizationType type)
    {
        foreach (var key in metadata.Keys)
        {
            if (key is not ("general.alignment" or "general.file_type" or "general.quantization_version")
                && !key.StartsWith("split.", StringComparison.Ordinal))
            {
                writer.Copy(metadata, key);
            }
        }
        writer.Add("general.quantization_version", Version);
        writer.Add("general.file_type", type.FileType());
    }
}
