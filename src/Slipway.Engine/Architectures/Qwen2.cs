namespace Slipway.Engine.Architectures;

/// <summary>Qwen2 and Qwen2.5 dense models: biases on queries, keys and values, no norms on heads.</summary>
internal sealed unsafe class Qwen2(ModelShape shape, TensorSource source) : Transformer(shape, source)
{
    private readonly PlainLayer[] _layers = PlainLayer.ReadAll(source, shape);

    public override double[] Frequencies { get; } = shape.Scaling.Frequencies(shape.RopeBase, shape.HeadLength, divisors: null);

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
}
