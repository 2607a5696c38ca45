using System.Diagnostics;
using Slipway.Engine.Architectures;
using Slipway.Engine.Cache;
using Slipway.Engine.Kernels;
using Slipway.Engine.Memory;
using Slipway.Engine.Sampling;
using Slipway.Engine.Speculation;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Scheduling;

/// <summary>Everything that one thread owns: the sequences, the cache and the pass. Nobody else may touch it.</summary>
internal sealed unsafe class EngineLoop : IDisposable
{
    private readonly EngineOptions _options;
    private readonly Tokenizer _tokenizer;
    private readonly KvPool _pool;
    private readonly WorkerTeam _team;
    private readonly Step _step;
    private readonly StepPlanner _planner;
    private readonly SampleTask _sampling;
    private readonly StepCost _cost = new();
    private readonly bool[] _goesOn;
    private readonly List<Sequence> _running = [];
    private readonly LinkedList<Sequence> _waiting = new();
    private readonly int[] _closeThought;
    private readonly float[] _state;
    private Transformer _model;
    private ForwardPass _pass;
    private long _steps;
    private long _promptTokens;
    private long _cachedTokens;
    private long _generatedTokens;
    private long _draftedTokens;
    private long _agreedTokens;

    public EngineLoop(LanguageModel model, EngineOptions options, int blocks)
    {
        (_model, _options) = (model.Transformer, options);
        _tokenizer = model.Tokenizer;
        var shape = _model.Shape;
        _pool = new KvPool(options.KvFormat, blocks, shape.Layers, shape.KeyHeads, shape.HeadLength);
        Cache = new BlockCache(blocks, options.RetainedTokens / KvPool.BlockTokens);
        _team = new WorkerTeam(options.Threads);
        _pass = MakePass(_model);
        _step = new Step(MaxRows, options.MaxSequences, MaxOutputs);
        _planner = new StepPlanner(_running, _waiting, _step, options, _cost);
        _goesOn = new bool[options.MaxSequences];
        var scratch = new SamplingScratch[options.Threads];
        for (var i = 0; i < scratch.Length; i++)
        {
            scratch[i] = new SamplingScratch(_model.Vocabulary);
        }
        _sampling = new SampleTask(scratch, _model.Vocabulary, options.MaxSequences);
        _state = new float[shape.Hidden];
        _closeThought = _tokenizer.Encode("\n</think>\n\n");
    }

    public BlockCache Cache { get; }

    /// <summary>Bytes of keys and values when every block is in use.</summary>
    public long CacheBytes => _pool.ByteSize;

    public bool IsIdle => _running.Count == 0 && _waiting.Count == 0;

    public EngineLoad Load => new(
        _running.Count, _waiting.Count, _steps, _promptTokens, _cachedTokens, _generatedTokens,
        _planner.Preemptions, _pool.Blocks, Cache.Available)
    {
        DraftedTokens = _draftedTokens,
        AgreedTokens = _agreedTokens,
    };

    private int MaxRows => Math.Max(_options.StepTokens, _options.MaxSequences);

    private int MaxOutputs => _options.MaxSequences + _options.DraftTokens;

    public void Enqueue(Sequence sequence) => _waiting.AddLast(sequence);

    /// <summary>
    /// Goes on with other weights of the same model. Running sequences keep the keys and values that the old weights made;
    /// nobody else takes those over.
    /// </summary>
    public void Switch(Transformer model)
    {
        var pass = MakePass(model);
        _pass.Dispose();
        (_model, _pass) = (model, pass);
        Cache.ForgetAll();
        _running.ForEach(sequence => sequence.KeepToItself());
        _cost.Forget();
    }

    /// <summary>Computes and samples once; cancelled sequences leave first.</summary>
    public void RunStep()
    {
        RemoveCancelled();
        _planner.Plan();
        if (_step.Rows == 0)
        {
            EndWhatCannotGoOn();
            return;
        }
        var began = Stopwatch.GetTimestamp();
        _model.Forward(_step, _pass);
        _steps++;
        GatherStates();
        foreach (var (sequence, count) in _planner.Planned)
        {
            _promptTokens += Math.Max(0, Math.Min(sequence.Computed + count, sequence.PromptLength) - sequence.Computed);
            sequence.Advance(count - sequence.DraftCount);
            if (sequence.States is { } states && sequence.Pending == 0)
            {
                states.Finish();
                End(sequence, FinishReason.Stop);
            }
        }
        SampleAll();
        if (_planner.IsDecoding)
        {
            _cost.Learn(_planner.Planned.Count, _planner.Drafted, Stopwatch.GetElapsedTime(began).TotalSeconds);
        }
    }

    /// <summary>Samples the token behind the last known one, and, as long as it is the guessed one, that behind it.</summary>
    private void SampleAll()
    {
        for (_sampling.Begin(_planner.Planned, _pass.Logits); _sampling.Sequences.Length > 0; _sampling.Next(_goesOn))
        {
            _team.Run(_sampling);
            for (var i = 0; i < _sampling.Sequences.Length; i++)
            {
                _goesOn[i] = Accept(_sampling.Sequences[i], _sampling.Place, _sampling.Token(i), _sampling.Probability(i));
            }
        }
    }

    /// <summary>Ends every sequence with a fault.</summary>
    public void FailAll(Exception fault)
    {
        foreach (var sequence in _running.Concat(_waiting))
        {
            sequence.ReleaseBlocks();
            sequence.Generation.Fail(fault);
        }
        _running.Clear();
        _waiting.Clear();
    }

    public void Dispose()
    {
        _team.Dispose();
        _pass.Dispose();
        _pool.Dispose();
    }

    private ForwardPass MakePass(Transformer model) => new(model, _pool, _team, KernelTable.Choose(), MaxRows, MaxOutputs);

    /// <summary>Takes a token; returns whether the next place is known, too, because this one was guessed and nothing ended or was put in between.</summary>
    private bool Accept(Sequence sequence, int place, int token, TokenProbability? probability)
    {
        var isGuessed = token >= 0 && sequence.IsGuessed(place, token);
        if (place > 0)
        {
            // The guess that led here was right: its keys and values are those of the text.
            sequence.Advance(1);
        }
        var isOver = Take(sequence, token, probability);
        var goesOn = isGuessed && !isOver && sequence.Pending == 1;
        if (!goesOn)
        {
            _draftedTokens += sequence.DraftCount;
            _agreedTokens += Math.Min(place + (isGuessed ? 1 : 0), sequence.DraftCount);
            sequence.EndDraft(Math.Min(place + (isGuessed ? 1 : 0), sequence.DraftCount));
        }
        return goesOn;
    }

    /// <summary>Makes a token part of the text; returns whether that was its end.</summary>
    private bool Take(Sequence sequence, int token, TokenProbability? probability)
    {
        if (token < 0)
        {
            Remove(sequence);
            sequence.Generation.Fail(new InvalidOperationException(sequence.Sampler.Constraint is null
                ? "The model's output is not a number; its file may be damaged."
                : "The model has no token that its constrained output could go on with."));
            return true;
        }
        _generatedTokens++;
        sequence.Append(token);
        if (_tokenizer.EndTokens.Contains(token) && !sequence.Request.IgnoreEnd)
        {
            End(sequence, FinishReason.Stop);
            return true;
        }
        sequence.Text.Push(token, probability, sequence.Generation);
        CloseThoughtAtBudget(sequence);
        if (sequence.Text.IsStopped || sequence.Sampler.Constraint is { IsComplete: true })
        {
            End(sequence, FinishReason.Stop);
            return true;
        }
        if (sequence.Generated >= sequence.MaxTokens || sequence.Text.AnswerTokens >= sequence.Request.MaxAnswerTokens)
        {
            End(sequence, FinishReason.Length);
            return true;
        }
        return false;
    }

    /// <summary>Texts to be embedded take the states that this step made of their tokens.</summary>
    private void GatherStates()
    {
        for (var i = 0; i < _planner.Planned.Count; i++)
        {
            if (_planner.Planned[i] is ({ States: { } states }, var count))
            {
                for (var row = _step.Spans[i].First; row < _step.Spans[i].First + count; row++)
                {
                    _pass.ReadState(row, _model.OutputNorm, _state);
                    states.Add(_state);
                }
            }
        }
    }

    /// <summary>At its budget the thought is closed in the model's own words, which it then sees as if it had written them.</summary>
    private void CloseThoughtAtBudget(Sequence sequence)
    {
        if (!sequence.Text.InThought || sequence.Text.ThinkingTokens < sequence.Request.ThinkingBudget.GetValueOrDefault(int.MaxValue))
        {
            return;
        }
        // A constrained output is of whole characters; the one under way takes three tokens more at most.
        if (sequence.Sampler.Constraint is not null && sequence.Text.IsInsideCharacter)
        {
            return;
        }
        sequence.Text.CutThought();
        foreach (var token in _closeThought)
        {
            if (sequence.Generated < sequence.MaxTokens)
            {
                sequence.Append(token);
                sequence.Text.Push(token, null, sequence.Generation);
            }
        }
    }

    /// <summary>The cache is too small for the only sequence left: it has reached the end of what can be kept.</summary>
    private void EndWhatCannotGoOn()
    {
        if (_running.Count > 0)
        {
            End(_running[0], FinishReason.Length);
        }
    }

    private void RemoveCancelled()
    {
        for (var i = _running.Count - 1; i >= 0; i--)
        {
            if (_running[i].Generation.IsCancelled)
            {
                End(_running[i], FinishReason.Cancelled);
            }
        }
        for (var node = _waiting.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Generation.IsCancelled)
            {
                End(node.Value, FinishReason.Cancelled);
            }
            node = next;
        }
    }

    private void End(Sequence sequence, FinishReason reason)
    {
        Remove(sequence);
        if (reason != FinishReason.Cancelled)
        {
            sequence.Text.Finish(sequence.Generation);
        }
        var cached = Math.Max(0, sequence.CachedTokens);
        _cachedTokens += cached;
        sequence.Generation.Finish(new GenerationResult(
            reason, sequence.PromptLength, cached, sequence.Generated, sequence.Text.ThinkingTokens)
        {
            Thought = sequence.Text.Thought,
        });
    }

    private void Remove(Sequence sequence)
    {
        if (!_running.Remove(sequence))
        {
            _waiting.Remove(sequence);
        }
        sequence.ReleaseBlocks();
    }
}
