namespace Slipway.Engine.Architectures;

/// <summary>Llama 3 and its kin; Llama 3.1's frequency factors come as a tensor.</summary>
internal sealed unsafe class Llama(ModelShape shape, TensorSource source) : Transformer(shape, source)
{
    private readonly PlainLayer[] _layers = PlainLayer.ReadAll(source, shape);

    public override double[] Frequencies { get; } =
        shape.Scaling.Frequencies(shape.RopeBase, shape.HeadLength, ReadDivisors(source, shape));

    public override void Forward(Step step, ForwardPass pass)
    {
        pass.Embed(step, TokenEmbd);
        for (var i = 0; i < _layers.Length; i++)
        {
            _layers[i].Forward(i, pass);
        }
        pass.NormalizeOutputs(OutputNorm);
        pass.ProjectLogits(Output);
    }

    private static float[]? ReadDivisors(TensorSource source, ModelShape shape)
    {
        var divisors = source.OptionalVector("rope_freqs.weight", shape.HeadLength / 2);
        return divisors is null ? null : new ReadOnlySpan<float>(divisors, shape.HeadLength / 2).ToArray();
    }
}
