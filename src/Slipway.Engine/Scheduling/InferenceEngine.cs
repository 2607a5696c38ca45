using System.Collections.Concurrent;
using System.Security.Cryptography;
using Slipway.Engine.Cache;
using Slipway.Engine.Constraints;
using Slipway.Engine.Constraints.Masks;
using Slipway.Engine.Embeddings;
using Slipway.Engine.Sampling;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Scheduling;

/// <summary>
/// Runs the generations of one model in one loop on its own thread: sequences join and leave between steps, prompts are
/// computed in chunks beside the others' decoding, and beginnings that were computed before are not computed again.
/// </summary>
public sealed partial class InferenceEngine : IAsyncDisposable
{
    private readonly EngineOptions _options;
    private readonly EngineLoop _loop;
    private readonly ConcurrentQueue<Sequence> _incoming = new();
    private readonly AutoResetEvent _work = new(false);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int[] _masked;
    private readonly GrammarCache _grammars;
    private readonly Lock _gate = new();
    private volatile LanguageModel _model;
    private WeightChange? _change;
    private EngineLoad _load;
    private int _open;
    private bool _closed;
    private volatile bool _draining;
    private volatile bool _stopping;

    /// <summary>Takes the memory for cache and buffers and starts the loop. The model must outlive the engine.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="Formats.ModelFormatException">The model's heads do not fit <see cref="EngineOptions.KvFormat"/>.</exception>
    public InferenceEngine(LanguageModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _options = options ?? new EngineOptions();
        _options.Validate();
        KvTokens = ChooseKvTokens(model, _options);
        _loop = new EngineLoop(model, _options, KvTokens / KvPool.BlockTokens);
        KvBytes = _loop.CacheBytes;
        _load = _loop.Load;
        _masked = FindMasked(model);
        _grammars = new GrammarCache(model.Tokenizer, model.Transformer.Vocabulary);
        new Thread(Run) { IsBackground = true, Name = "slipway engine" }.Start();
    }

    /// <summary>Tokens whose keys and values the cache holds.</summary>
    public int KvTokens { get; }

    /// <summary>How the cache keeps them.</summary>
    public KvFormat KvFormat => _options.KvFormat;

    /// <summary>Bytes that the cache takes when all of it is in use.</summary>
    public long KvBytes { get; }

    /// <summary>What the loop was doing after its last step.</summary>
    public EngineLoad Load
    {
        get
        {
            lock (_gate)
            {
                return _load with { Waiting = Math.Max(0, Volatile.Read(ref _open) - _load.Running) };
            }
        }
    }

    /// <summary>Why the last step failed; null when it did not.</summary>
    public Exception? LastFault { get; private set; }

    /// <summary>Longest prompt that fits, in tokens.</summary>
    public int MaxPromptTokens => Math.Min(_model.ContextLength, KvTokens) - 1;

    /// <summary>Queues a request; its pieces come from the returned generation.</summary>
    /// <exception cref="EngineBusyException">The queue is full, or the engine is shutting down.</exception>
    /// <exception cref="ArgumentException">The prompt is empty, too long or holds unknown tokens, or an option is out of range.</exception>
    public Generation Submit(GenerationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Check(request);
        var generation = new Generation(Wake);
        Enqueue(MakeSequence(request, generation));
        return generation;
    }

    /// <summary>Refuses new requests and waits for those under way, until the token asks to end them too.</summary>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        Wake();
        await using var registration = cancellationToken.Register(Stop).ConfigureAwait(false);
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>Ends everything at the next step and frees the memory.</summary>
    public async ValueTask DisposeAsync()
    {
        _draining = true;
        Stop();
        await _ended.Task.ConfigureAwait(false);
    }

    private Sequence MakeSequence(GenerationRequest request, Generation generation, StatePool? states = null)
    {
        var sampling = request.Sampling;
        var seed = sampling.Seed ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
        var needsHistory = sampling is not { RepetitionPenalty: 1, PresencePenalty: 0, FrequencyPenalty: 0 };
        var history = needsHistory ? new TokenHistory([.. request.Prompt]) : null;
        var room = Math.Min(_model.ContextLength, KvTokens) - request.Prompt.Count;
        var sampler = new Sampler(sampling, seed, _masked, history) { Constraint = Constrain(request) };
        return new Sequence(
            generation, request, new TextOutput(_model.Tokenizer, request), sampler, history,
            _loop.Cache, Math.Min(request.MaxTokens ?? room, room))
        {
            States = states,
        };
    }

    private void Enqueue(Sequence sequence)
    {
        var generation = sequence.Generation;
        if (Interlocked.Increment(ref _open) > _options.MaxSequences + _options.MaxQueued || _draining)
        {
            Interlocked.Decrement(ref _open);
            throw new EngineBusyException(_draining
                ? "The engine is shutting down."
                : $"{_options.MaxSequences} requests are running and {_options.MaxQueued} waiting; try again later.");
        }
        generation.Ending = () => Interlocked.Decrement(ref _open);
        lock (_gate)
        {
            if (_closed)
            {
                generation.Fail(new OperationCanceledException("The engine was stopped."));
                return;
            }
            _incoming.Enqueue(sequence);
        }
        Wake();
    }

    private static int ChooseKvTokens(LanguageModel model, EngineOptions options)
    {
        if (options.KvTokens is { } chosen)
        {
            return (chosen + KvPool.BlockTokens - 1) / KvPool.BlockTokens * KvPool.BlockTokens;
        }
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4;
        var fits = memory / model.Transformer.Shape.CacheBytesPerToken(options.KvFormat);
        var wanted = (long)options.MaxSequences * model.ContextLength;
        var tokens = Math.Clamp(Math.Min(fits, wanted), 1024, 1 << 28);
        return (int)(tokens / KvPool.BlockTokens * KvPool.BlockTokens);
    }

    /// <summary>Rows of the logits that stand for no token: padding of the vocabulary.</summary>
    private static int[] FindMasked(LanguageModel model) =>
        [.. Enumerable.Range(0, model.Transformer.Vocabulary).Where(id =>
            id >= model.Tokenizer.VocabularySize || model.Tokenizer.GetKind(id) == TokenKind.Unused)];

    private SequenceConstraint? Constrain(GenerationRequest request) => request.Grammar is { } grammar
        ? _grammars.Start(grammar, ThinkingBefore.In(request, _model.Tokenizer))
        : null;

    private void Check(GenerationRequest request)
    {
        request.Sampling.Validate();
        if (request.Prompt.Count == 0)
        {
            throw new ArgumentException("The prompt has no tokens.", nameof(request));
        }
        if (request.Prompt.Count > MaxPromptTokens)
        {
            throw new ArgumentException(
                $"The prompt has {request.Prompt.Count} tokens; accepted are up to {MaxPromptTokens}.", nameof(request));
        }
        foreach (var token in request.Prompt)
        {
            if ((uint)token >= (uint)_model.Transformer.Vocabulary)
            {
                throw new ArgumentException($"Token {token} is not in the vocabulary of {_model.Transformer.Vocabulary}.", nameof(request));
            }
        }
        if (request.MaxTokens is < 1)
        {
            throw new ArgumentException($"MaxTokens is {request.MaxTokens}; accepted is 1 or more.", nameof(request));
        }
        if (request.MaxAnswerTokens is < 1)
        {
            throw new ArgumentException($"MaxAnswerTokens is {request.MaxAnswerTokens}; accepted is 1 or more.", nameof(request));
        }
        if (request.Stop.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("A stop text is empty.", nameof(request));
        }
    }

    private void Wake()
    {
        if (!_ended.Task.IsCompleted)
        {
            _work.Set();
        }
    }

    private void Stop()
    {
        _stopping = true;
        Wake();
    }

    private void Run()
    {
        while (!_stopping)
        {
            TakeIncoming();
            ChangeWeights();
            if (_loop.IsIdle)
            {
                if (_draining)
                {
                    break;
                }
                _work.WaitOne();
                continue;
            }
            RunStep();
        }
        lock (_gate)
        {
            _closed = true;
        }
        Interlocked.Exchange(ref _change, null)?.Done.SetCanceled();
        TakeIncoming();
        _loop.FailAll(new OperationCanceledException("The engine was stopped."));
        _loop.Dispose();
        _ended.TrySetResult();
    }

    private void RunStep()
    {
        try
        {
            _loop.RunStep();
            LastFault = null;
        }
        catch (Exception exception) when (!_stopping)
        {
            LastFault = exception;
            _loop.FailAll(exception);
        }
        lock (_gate)
        {
            _load = _loop.Load;
        }
    }

    private void TakeIncoming()
    {
        while (_incoming.TryDequeue(out var sequence))
        {
            _loop.Enqueue(sequence);
        }
    }
}
