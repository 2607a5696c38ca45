using Slipway.Engine.Cache;
using Slipway.Engine.Kernels;
using Slipway.Engine.Kernels.Attention;
using Slipway.Engine.Kernels.MatMul;
using Slipway.Engine.Kernels.Rows;
using Slipway.Engine.Memory;

namespace Slipway.Engine.Architectures;

/// <summary>
/// The operations that a model's forward pass is written in, with the buffers they work on. One step at a time; all
/// memory is taken when it is made.
/// </summary>
internal sealed unsafe class ForwardPass : IDisposable
{
    private readonly ModelShape _shape;
    private readonly WorkerTeam _team;
    private readonly PanelScratch[] _scratch;
    private readonly Activations _input;
    private readonly Activations? _ordered;
    private readonly RopeTable _rope;
    private readonly NativeBuffer<float> _hidden;
    private readonly NativeBuffer<float> _query;
    private readonly NativeBuffer<float> _key;
    private readonly NativeBuffer<float> _value;
    private readonly NativeBuffer<float> _gate;
    private readonly NativeBuffer<float> _up;
    private readonly NativeBuffer<float> _logits;
    private readonly MatMulTask _product;
    private readonly AttentionTask _attention;
    private readonly EmbedTask _embed;
    private readonly NormTask _norm;
    private readonly RotateTask _rotate;
    private readonly SwiGluTask _swiGlu;
    private readonly QuantizeTask _quantize;
    private readonly GatherTask _gather;
    private int _rows;
    private int[]? _order;
    private Step _step = null!;

    public ForwardPass(Transformer model, KvPool pool, WorkerTeam team, KernelTier tier, int maxRows, int maxOutputs)
    {
        var shape = _shape = model.Shape;
        _team = team;
        _scratch = new PanelScratch[team.Size];
        for (var i = 0; i < _scratch.Length; i++)
        {
            _scratch[i] = new PanelScratch(Math.Max(maxRows, maxOutputs));
        }
        var widest = Math.Max(shape.Hidden, Math.Max(shape.QueryLength, shape.FeedForward));
        _input = new Activations(Math.Max(maxRows, maxOutputs), widest);
        _ordered = model.ReordersInputs ? new Activations(Math.Max(maxRows, maxOutputs), widest) : null;
        _rope = new RopeTable(model.Frequencies, shape.Scaling.Magnitude, maxRows);
        _hidden = new NativeBuffer<float>((long)maxRows * shape.Hidden);
        _query = new NativeBuffer<float>((long)maxRows * shape.QueryLength);
        _key = new NativeBuffer<float>((long)maxRows * shape.KeyLength);
        _value = new NativeBuffer<float>((long)maxRows * shape.KeyLength);
        _gate = new NativeBuffer<float>((long)maxRows * shape.FeedForward);
        _up = new NativeBuffer<float>((long)maxRows * shape.FeedForward);
        _logits = new NativeBuffer<float>((long)maxOutputs * model.Vocabulary);
        _product = new MatMulTask(_scratch);
        _attention = new AttentionTask(pool, shape.Heads, shape.KeyHeads, team.Size);
        _embed = new EmbedTask(team);
        _norm = new NormTask(team, tier);
        _rotate = new RotateTask(team, tier, shape, pool, _rope, shape.RotatesAdjacentPairs);
        _swiGlu = new SwiGluTask(team, tier);
        _quantize = new QuantizeTask(team, tier);
        _gather = new GatherTask(team, tier);
    }

    /// <summary>The residual stream, [rows][hidden].</summary>
    public float* Hidden => _hidden.Pointer;

    public float* Query => _query.Pointer;

    public float* Key => _key.Pointer;

    public float* Value => _value.Pointer;

    public float* Gate => _gate.Pointer;

    public float* Up => _up.Pointer;

    /// <summary>[outputs][vocabulary].</summary>
    public float* Logits => _logits.Pointer;

    public int Outputs => _step.Outputs;

    /// <summary>Begins a step: Hidden becomes the embeddings of its tokens.</summary>
    public void Embed(Step step, Weights table)
    {
        _step = step;
        _rope.Fill(step);
        _attention.Prepare(step);
        _embed.Run(table.Matrix, step, Hidden);
    }

    /// <summary>The input of the next products becomes the norm of Hidden.</summary>
    public void Normalize(float* weight)
    {
        _input.Columns = _shape.Hidden;
        _norm.Run(Hidden, weight, _shape.NormEpsilon, _input, _step.Rows);
    }

    /// <summary>As <see cref="Normalize"/>, for the rows whose logits are wanted.</summary>
    public void NormalizeOutputs(float* weight)
    {
        _input.Columns = _shape.Hidden;
        _norm.Run(Hidden, weight, _shape.NormEpsilon, _input, _step.Outputs, _step.OutputRows);
    }

    /// <summary>One row of Hidden under a norm; changes nothing here. For who wants the states themselves, after the last layer.</summary>
    public void ReadState(int row, float* weight, Span<float> state)
    {
        fixed (float* target = state)
        {
            RmsNorm.ComputeVector256(Hidden + ((long)row * _shape.Hidden), weight, _shape.NormEpsilon, target, _shape.Hidden);
        }
    }

    /// <summary>Query, Key and Value become products of the input.</summary>
    public void ProjectAttention(in AttentionWeights weights)
    {
        BeginProducts(_step.Rows);
        AddProduct(weights.AttnQ, Query, weights.AttnQBias);
        AddProduct(weights.AttnK, Key, weights.AttnKBias);
        AddProduct(weights.AttnV, Value, weights.AttnVBias);
        _team.Run(_product);
    }

    /// <summary>Norms and rotates Query and Key, and puts Key and Value into the cache.</summary>
    public void Rotate(int layer, float* queryNorm = null, float* keyNorm = null) =>
        _rotate.Run(_step, layer, Query, Key, Value, queryNorm, keyNorm);

    /// <summary>The input of the next product becomes what Query reads from the cache.</summary>
    public void Attend(int layer)
    {
        _input.Columns = _shape.QueryLength;
        _attention.Set(layer, Query, _input.Row(0));
        _team.Run(_attention);
        _quantize.Run(_input, _step.Rows);
    }

    /// <summary>Gate and Up become products of the input.</summary>
    public void ProjectFeedForward(Weights gate, Weights up)
    {
        BeginProducts(_step.Rows);
        AddProduct(gate, Gate);
        AddProduct(up, Up);
        _team.Run(_product);
    }

    /// <summary>The input of the next product becomes silu(Gate) · Up.</summary>
    public void SwiGlu()
    {
        _input.Columns = _shape.FeedForward;
        _swiGlu.Run(Gate, Up, _input, _step.Rows);
    }

    /// <summary>Adds the product of the input to Hidden.</summary>
    public void AddToHidden(Weights weights, float* bias = null)
    {
        BeginProducts(_step.Rows);
        AddProduct(weights, Hidden, bias, accumulate: true);
        _team.Run(_product);
    }

    /// <summary>Logits become products of the input, for the rows that want them.</summary>
    public void ProjectLogits(Weights output)
    {
        if (_step.Outputs > 0)
        {
            BeginProducts(_step.Outputs);
            AddProduct(output, Logits);
            _team.Run(_product);
        }
    }

    public void Dispose()
    {
        foreach (var scratch in _scratch)
        {
            scratch.Dispose();
        }
        _ordered?.Dispose();
        foreach (var owned in (IDisposable[])[_input, _rope, _hidden, _query, _key, _value, _gate, _up, _logits, _attention])
        {
            owned.Dispose();
        }
    }

    private void BeginProducts(int rows)
    {
        (_rows, _order) = (rows, null);
        _product.Reset(_input, rows);
    }

    /// <summary>Adds a product to those of the same input in the same order; where the order changes, those before are computed first.</summary>
    private void AddProduct(Weights weights, float* output, float* bias = null, bool accumulate = false)
    {
        if (weights.InputOrder != _order)
        {
            if (!_product.IsEmpty)
            {
                _team.Run(_product);
            }
            _order = weights.InputOrder;
            _product.Reset(_order is null ? _input : Ordered(_order), _rows);
        }
        _product.Add(weights, output, bias, accumulate);
    }

    private Activations Ordered(int[] order)
    {
        _ordered!.Columns = _input.Columns;
        _gather.Run(_input, order, _ordered, _rows);
        return _ordered;
    }
}
