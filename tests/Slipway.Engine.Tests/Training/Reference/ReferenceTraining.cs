using Slipway.Engine.Architectures;
using Slipway.Engine.Training.Data;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Tests.Training.Reference;

/// <summary>
/// The loss of a Qwen3 model and its gradient in double precision, written from the definition of the model. Shares no code
/// with the engine; parameters go by their names in GGUF files.
/// </summary>
internal sealed class ReferenceTraining(ModelShape shape, IReadOnlyDictionary<string, ReferenceMatrix> parameters, double loraScale = 0)
{
    public IReadOnlyDictionary<string, ReferenceMatrix> Parameters => parameters;

    /// <summary>Starts from the values that the engine's parameters have now.</summary>
    /// <param name="shape">The model's size.</param>
    /// <param name="values">The engine's parameters.</param>
    /// <param name="loraScale">α / r, where there are low-rank additions.</param>
    public static unsafe ReferenceTraining CopyOf(ModelShape shape, IEnumerable<Parameter> values, double loraScale = 0)
    {
        var copies = new Dictionary<string, ReferenceMatrix>();
        foreach (var parameter in values)
        {
            var copy = new ReferenceMatrix(parameter.Rows, parameter.Columns);
            for (var i = 0; i < parameter.Length; i++)
            {
                copy.Value[i] = parameter.Value[i];
            }
            copies.Add(parameter.Name, copy);
        }
        return new ReferenceTraining(shape, copies, loraScale);
    }

    /// <summary>Sum of the cross-entropy over the batch's targets, in nats.</summary>
    public double Loss(TrainingBatch batch) => Build(new ReferenceTape(), batch).Value[0];

    /// <summary>The same; adds the gradient of the sum to every parameter's.</summary>
    public double Differentiate(TrainingBatch batch)
    {
        var tape = new ReferenceTape();
        var loss = Build(tape, batch);
        tape.Differentiate(loss);
        return loss.Value[0];
    }

    /// <summary>(loss(w + h) − loss(w − h)) / 2h for one value w of a parameter.</summary>
    public double Slope(TrainingBatch batch, string name, int index)
    {
        const double Step = 1e-5;
        var values = parameters[name].Value;
        var kept = values[index];
        values[index] = kept + Step;
        var above = Loss(batch);
        values[index] = kept - Step;
        var below = Loss(batch);
        values[index] = kept;
        return (above - below) / (2 * Step);
    }

    public void ClearGradients()
    {
        foreach (var parameter in parameters.Values)
        {
            parameter.ClearGradient();
        }
    }

    private ReferenceMatrix Build(ReferenceTape tape, TrainingBatch batch)
    {
        var x = tape.Pick(parameters["token_embd.weight"], batch.Tokens);
        for (var layer = 0; layer < shape.Layers; layer++)
        {
            x = tape.Add(x, Attention(tape, $"blk.{layer}.", x, batch));
            x = tape.Add(x, FeedForward(tape, $"blk.{layer}.", x));
        }
        var output = parameters.GetValueOrDefault("output.weight", parameters["token_embd.weight"]);
        return tape.CrossEntropy(tape.Multiply(Normalize(tape, x, "output_norm"), output), batch.Targets);
    }

    private ReferenceMatrix Attention(ReferenceTape tape, string layer, ReferenceMatrix x, TrainingBatch batch)
    {
        var n = Normalize(tape, x, layer + "attn_norm");
        var q = Normalize(tape, Project(tape, n, layer + "attn_q"), layer + "attn_q_norm");
        var k = Normalize(tape, Project(tape, n, layer + "attn_k"), layer + "attn_k_norm");
        var v = Project(tape, n, layer + "attn_v");
        q = tape.Rotate(q, batch.Positions, shape.HeadLength, shape.RopeBase);
        k = tape.Rotate(k, batch.Positions, shape.HeadLength, shape.RopeBase);
        return Project(tape, tape.Attend(q, k, v, batch.Starts, shape.HeadLength), layer + "attn_output");
    }

    private ReferenceMatrix FeedForward(ReferenceTape tape, string layer, ReferenceMatrix x)
    {
        var n = Normalize(tape, x, layer + "ffn_norm");
        var gated = tape.SwiGlu(Project(tape, n, layer + "ffn_gate"), Project(tape, n, layer + "ffn_up"));
        return Project(tape, gated, layer + "ffn_down");
    }

    private ReferenceMatrix Normalize(ReferenceTape tape, ReferenceMatrix x, string name) =>
        tape.Normalize(x, parameters[name + ".weight"], shape.NormEpsilon);

    /// <summary>W x, and α / r · B A x where the matrix has a low-rank addition.</summary>
    private ReferenceMatrix Project(ReferenceTape tape, ReferenceMatrix x, string name)
    {
        var y = tape.Multiply(x, parameters[name + ".weight"]);
        return parameters.TryGetValue(name + ".weight.lora_a", out var a)
            ? tape.Add(y, tape.Multiply(tape.Multiply(x, a), parameters[name + ".weight.lora_b"]), loraScale)
            : y;
    }
}
