using Slipway.Engine;
using Slipway.Engine.Cache;
using Slipway.Engine.Scheduling;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Serving;

/// <summary>A model with the engine that runs it. Freed as a whole, the engine first.</summary>
internal sealed class LoadedModel : IAsyncDisposable
{
    private LoadedModel(ModelSource source, LanguageModel model, InferenceEngine engine, DateTimeOffset loadedAt)
    {
        (Source, Model, Engine, LoadedAt) = (source, model, engine, loadedAt);
        ControlTexts = new ControlTexts(model.Tokenizer);
        Tools = ToolSupport.Of(model);
    }

    public ModelSource Source { get; }

    public LanguageModel Model { get; }

    public InferenceEngine Engine { get; }

    public DateTimeOffset LoadedAt { get; }

    public ControlTexts ControlTexts { get; }

    public ToolSupport Tools { get; }

    public string Name => Model.Name;

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
            var engine = new InferenceEngine(model, new EngineOptions
            {
                MaxSequences = options.MaxSequences,
                MaxQueued = options.MaxQueued,
                Threads = options.Threads ?? Environment.ProcessorCount,
                KvTokens = options.KvTokens,
                KvFormat = KvFormatNames.Find(options.KvFormat).GetValueOrDefault(),
                RetainedTokens = options.RetainedTokens ?? new EngineOptions().RetainedTokens,
                DraftTokens = options.DraftTokens ?? new EngineOptions().DraftTokens,
            });
            return new LoadedModel(source, model, engine, clock.GetUtcNow());
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Whether a request for <paramref name="name"/> means this model.</summary>
    public bool IsCalled(string name) =>
        new[] { Name, Source.FileName, Source.Path }.Contains(name, StringComparer.OrdinalIgnoreCase);

    public async ValueTask DisposeAsync()
    {
        await Engine.DisposeAsync();
        Model.Dispose();
    }
}
