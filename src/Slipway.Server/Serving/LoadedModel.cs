using Slipway.Engine;
using Slipway.Engine.Cache;
using Slipway.Engine.Scheduling;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Serving;

/// <summary>A model with the engine that runs it. Freed as a whole, the engine first.</summary>
internal sealed class LoadedModel : IAsyncDisposable
{
    private readonly IReadOnlyList<string> _names;
    private bool _isHandedOn;

    private LoadedModel(ModelSource source, LanguageModel model, InferenceEngine engine, DateTimeOffset loadedAt, LoadedModel? before)
    {
        (Source, Model, Engine, LoadedAt) = (source, model, engine, loadedAt);
        Origin = before?.Origin ?? source;
        _names = [.. (before?._names ?? []).Union([model.Name, source.FileName, source.Path], StringComparer.OrdinalIgnoreCase)];
        Name = before?.Name ?? model.Name;
        ControlTexts = new ControlTexts(model.Tokenizer);
        Tools = ToolSupport.Of(model);
    }

    /// <summary>Where the weights in use are.</summary>
    public ModelSource Source { get; }

    /// <summary>Where the weights were when the model was chosen; its format may have been switched since.</summary>
    public ModelSource Origin { get; }

    public LanguageModel Model { get; }

    public InferenceEngine Engine { get; }

    public DateTimeOffset LoadedAt { get; }

    public ControlTexts ControlTexts { get; }

    public ToolSupport Tools { get; }

    /// <summary>What the model called itself when it was chosen.</summary>
    public string Name { get; }

    /// <summary>How keys and values are kept, as the settings spell it.</summary>
    public string KvFormat => Engine.KvFormat.Name();

    /// <exception cref="IOException">The file is gone or cannot be read.</exception>
    /// <exception cref="Engine.Formats.ModelFormatException">The file is broken or of a kind that the engine does not run.</exception>
    public static LoadedModel Load(
        ModelSource source, ServingOptions options, IProgress<double> progress, TimeProvider clock, CancellationToken cancellationToken)
    {
        var model = LanguageModel.Load(source.Path, progress, cancellationToken);
        try
        {
            return new LoadedModel(source, model, StartEngine(model, options), clock.GetUtcNow(), before: null);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The same model in another format, with the same names, on an engine of its own.</summary>
    public LoadedModel StartBeside(ModelSource source, LanguageModel model, ServingOptions options, TimeProvider clock) =>
        new(source, model, StartEngine(model, options), clock.GetUtcNow(), before: this);

    /// <summary>
    /// The same model in another format on the same engine, which this one then no longer owns: its requests go on with the new weights,
    /// and the old are freed.
    /// </summary>
    public async Task<LoadedModel> SwitchAsync(ModelSource source, LanguageModel weights, TimeProvider clock)
    {
        var next = Model.WithWeightsOf(weights);
        await Engine.SwitchAsync(next);
        _isHandedOn = true;
        Model.Dispose();
        return new LoadedModel(source, next, Engine, clock.GetUtcNow(), before: this);
    }

    /// <summary>Whether a request for <paramref name="name"/> means this model.</summary>
    public bool IsCalled(string name) => _names.Contains(name, StringComparer.OrdinalIgnoreCase);

    public async ValueTask DisposeAsync()
    {
        if (!_isHandedOn)
        {
            await Engine.DisposeAsync();
            Model.Dispose();
        }
    }

    private static InferenceEngine StartEngine(LanguageModel model, ServingOptions options) => new(model, new EngineOptions
    {
        MaxSequences = options.MaxSequences,
        MaxQueued = options.MaxQueued,
        Threads = options.Threads ?? Environment.ProcessorCount,
        KvTokens = options.KvTokens,
        KvFormat = KvFormatNames.Find(options.KvFormat).GetValueOrDefault(),
        RetainedTokens = options.RetainedTokens ?? new EngineOptions().RetainedTokens,
        DraftTokens = options.DraftTokens ?? new EngineOptions().DraftTokens,
    });
}
