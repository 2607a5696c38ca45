using Slipway.Engine.Architectures;
using Slipway.Engine.Kernels;
using Slipway.Engine.Kernels.Gemm;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Training.Model;

/// <summary>A Qwen3 model whose weights move: master copies in singles, with gradients.</summary>
internal sealed unsafe class TrainableModel : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName;
    private readonly List<Parameter> _adapters = [];

    private TrainableModel(ModelShape shape, int vocabulary, bool tiesOutput)
    {
        Shape = shape;
        TokenEmbd = new Parameter("token_embd.weight", vocabulary, shape.Hidden, isVector: false);
        Layers = [.. Enumerable.Range(0, shape.Layers).Select(index => new LayerParameters(shape, index))];
        OutputNorm = new Parameter("output_norm.weight", 1, shape.Hidden, isVector: true);
        Output = tiesOutput ? TokenEmbd : new Parameter("output.weight", vocabulary, shape.Hidden, isVector: false);
        Parameters = [TokenEmbd, .. Layers.SelectMany(layer => layer.Parameters), OutputNorm, .. tiesOutput ? (Parameter[])[] : [Output]];
        _byName = Parameters.ToDictionary(parameter => parameter.Name);
    }

    public ModelShape Shape { get; }

    public int Vocabulary => TokenEmbd.Rows;

    /// <summary>Whether logits are products with the embedding.</summary>
    public bool TiesOutput => ReferenceEquals(Output, TokenEmbd);

    public Parameter TokenEmbd { get; }

    public LayerParameters[] Layers { get; }

    public Parameter OutputNorm { get; }

    public Parameter Output { get; }

    /// <summary>The model's own weights, in the order of files.</summary>
    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>The low-rank additions; empty without LoRA.</summary>
    public IReadOnlyList<Parameter> Adapters => _adapters;

    /// <summary>What the optimizer moves.</summary>
    public IReadOnlyList<Parameter> Trained => [.. Parameters.Concat(_adapters).Where(parameter => parameter.Trains)];

    public Parameter this[string name] => _byName[name];

    /// <summary>Makes a model of zeros.</summary>
    public static TrainableModel Create(ModelShape shape, int vocabulary, bool tiesOutput) => new(shape, vocabulary, tiesOutput);

    /// <summary>Norm weights become 1, matrices normal around 0; those that write to the residual stream narrower by √(2·layers).</summary>
    public void Initialize(double standardDeviation, long seed)
    {
        var random = new SeededRandom((ulong)seed);
        foreach (var parameter in Parameters)
        {
            var writesResidual = parameter.Name.EndsWith("attn_output.weight", StringComparison.Ordinal)
                || parameter.Name.EndsWith("ffn_down.weight", StringComparison.Ordinal);
            var deviation = writesResidual ? standardDeviation / Math.Sqrt(2.0 * Shape.Layers) : standardDeviation;
            for (long i = 0; i < parameter.Length; i++)
            {
                parameter.Value[i] = parameter.IsVector ? 1 : (float)(random.NextNormal() * deviation);
            }
        }
    }

    /// <summary>All weights move.</summary>
    public void UnfreezeAll()
    {
        foreach (var parameter in Parameters)
        {
            parameter.Unfreeze();
        }
    }

    /// <summary>Gives matrices low-rank additions, A random and B zero, so that the model begins as it was. Only they move. To be called before a <see cref="TrainingPass"/> is made.</summary>
    public void AddLora(LoraOptions options, long seed)
    {
        var random = new SeededRandom((ulong)seed ^ 0x4C6F5241); // "LoRA": other numbers than the initial weights'
        var scale = (float)((options.Alpha ?? 2.0 * options.Rank) / options.Rank);
        foreach (var linear in Layers.SelectMany(layer => layer.Linears).Where(linear => LoraTargets.Includes(options, linear.Weight.Name)))
        {
            var (name, inputs, outputs) = (linear.Weight.Name, linear.Weight.Columns, linear.Weight.Rows);
            var a = new Parameter($"{name}.lora_a", options.Rank, inputs, isVector: false);
            var b = new Parameter($"{name}.lora_b", outputs, options.Rank, isVector: false);
            var bound = 1 / Math.Sqrt(inputs); // Kaiming uniform with a = √5, as PEFT draws A.
            for (long i = 0; i < a.Length; i++)
            {
                a.Value[i] = (float)(((2 * random.NextDouble()) - 1) * bound);
            }
            linear.AddLora(a, b, scale);
            foreach (var parameter in (Parameter[])[a, b])
            {
                parameter.Unfreeze();
                _adapters.Add(parameter);
            }
        }
    }

    /// <summary>Adds the low-rank products to the matrices they belong to; the model is for writing then, not for training on.</summary>
    public void MergeLora(WorkerTeam team)
    {
        using var products = new GemmTask(KernelTable.Choose(), team.Size);
        foreach (var linear in Layers.SelectMany(layer => layer.Linears))
        {
            linear.AddMerge(products);
        }
        team.Run(products);
    }

    public void Dispose()
    {
        foreach (var layer in Layers)
        {
            layer.Dispose();
        }
        foreach (var parameter in Parameters.Concat(_adapters))
        {
            parameter.Dispose();
        }
    }
}
