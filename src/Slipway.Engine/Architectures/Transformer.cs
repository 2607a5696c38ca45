using Slipway.Engine.Formats;
using Slipway.Engine.Kernels.MatMul;

namespace Slipway.Engine.Architectures;

/// <summary>A family of models: its weights and the order of operations over them.</summary>
internal abstract unsafe class Transformer(ModelShape shape, TensorSource source)
{
    /// <summary>Families this engine runs, by the name in the file.</summary>
    public static IReadOnlyList<string> Supported { get; } = ["qwen3", "qwen2", "llama"];

    public ModelShape Shape => shape;

    /// <summary>Rows of the logits.</summary>
    public int Vocabulary => TokenEmbd.Matrix.Rows;

    /// <summary>Whether some matrix wants its input in another order than it comes in (<see cref="Weights.InputOrder"/>).</summary>
    public bool ReordersInputs => source.ReordersInputs;

    /// <summary>Angle per position of each rotated pair.</summary>
    public abstract double[] Frequencies { get; }

    protected Weights TokenEmbd { get; } = source.Matrix("token_embd.weight", source.Rows("token_embd.weight"), shape.Hidden);

    /// <summary>Weight of the norm after the last layer, [hidden].</summary>
    public float* OutputNorm { get; } = source.Vector("output_norm.weight", shape.Hidden);

    /// <summary>The logits' weights; a file without them ties them to the embedding.</summary>
    protected Weights Output { get; } = source.Matrix(
        source.Has("output.weight") ? "output.weight" : "token_embd.weight", source.Rows("token_embd.weight"), shape.Hidden);

    /// <summary>Makes the family that the shape names.</summary>
    /// <exception cref="ModelFormatException">The family is not supported, or a tensor is missing or misshapen.</exception>
    public static Transformer Create(ModelShape shape, TensorSource source) => shape.Architecture switch
    {
        "qwen3" => new Qwen3(shape, source),
        "qwen2" => new Qwen2(shape, source),
        "llama" => new Llama(shape, source),
        _ => throw new ModelFormatException(
            $"Architecture '{shape.Architecture}' is not supported; supported are {string.Join(", ", Supported)}."),
    };

    /// <summary>Runs the step; its keys and values go into the cache, the wanted logits into <paramref name="pass"/>.</summary>
    public abstract void Forward(Step step, ForwardPass pass);
}
