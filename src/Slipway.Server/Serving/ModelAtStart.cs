namespace Slipway.Server.Serving;

/// <summary>
/// Loads the configured model while the server begins to listen; requests that come in between wait for it. A server
/// told to serve a model that cannot be loaded stops, so that whoever supervises it notices.
/// </summary>
internal sealed partial class ModelAtStart(
    ModelHost host, ModelLocator locator, IHostApplicationLifetime lifetime, ILogger<ModelAtStart> logger) : IHostedService
{
    /// <summary>Why the server had to stop; null when it did not.</summary>
    public string? Failure { get; private set; }

    /// <summary>Ends when the configured model is loaded or has failed to.</summary>
    public Task Loading { get; private set; } = Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (locator.Configured is not { } name)
        {
            LogNoModel();
            return Task.CompletedTask;
        }

        var (source, refusal) = locator.Find(name, quantization: null);
        if (source is null)
        {
            throw new ServerStartException(refusal.English);
        }

        Loading = LoadAsync(source);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task LoadAsync(ModelSource source)
    {
        if (await host.LoadAsync(source, CancellationToken.None) is { } failure
            && !lifetime.ApplicationStopping.IsCancellationRequested)
        {
            Failure = failure.English;
            lifetime.StopApplication();
        }
    }

    [LoggerMessage(1111, LogLevel.Warning,
        "No model is configured: start with --model FILE.gguf, or name one to POST /api/v1/model/load")]
    private partial void LogNoModel();
}
