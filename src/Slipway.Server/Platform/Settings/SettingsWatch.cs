using Microsoft.Extensions.Primitives;

namespace Slipway.Server.Platform.Settings;

/// <summary>Says so when a settings file has changed to something that cannot be read.</summary>
internal sealed partial class SettingsWatch(IConfiguration configuration, ILogger<SettingsWatch> logger) : IHostedService, IDisposable
{
    private IDisposable? _subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Tell);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _subscription?.Dispose();

    private void Tell()
    {
        foreach (var file in ((IConfigurationRoot)configuration).Providers.OfType<SettingsFile.Provider>())
        {
            if (file.Fault is { } fault)
            {
                LogUnreadable(file.Source.Path, fault);
            }
        }
    }

    [LoggerMessage(1041, LogLevel.Error, "{File} has changed to something that cannot be read; the settings stay as they were: {Fault}")]
    private partial void LogUnreadable(string? file, string fault);
}
