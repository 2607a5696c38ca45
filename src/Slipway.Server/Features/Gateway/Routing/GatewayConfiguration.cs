using Microsoft.Extensions.Primitives;

namespace Slipway.Server.Features.Gateway.Routing;

/// <summary>
/// The options in force. Follows the configuration as it changes, but only to what is valid: a mistake in a file that is
/// edited under a running server leaves everything as it was and a line in the log.
/// </summary>
internal sealed partial class GatewayConfiguration : IHostedService, IDisposable
{
    private readonly IConfiguration _configuration;
    private readonly GatewayOptionsValidator _validator;
    private readonly ILogger<GatewayConfiguration> _logger;
    private readonly IDisposable _subscription;
    private readonly IReadOnlyList<string> _failuresAtStart;
    private volatile GatewayOptions _current = new();

    public GatewayConfiguration(IConfiguration configuration, GatewayOptionsValidator validator, ILogger<GatewayConfiguration> logger)
    {
        (_configuration, _validator, _logger) = (configuration, validator, logger);
        _current = Read(out _failuresAtStart) ?? _current;
        _subscription = ChangeToken.OnChange(configuration.GetReloadToken, Follow);
    }

    /// <summary>Raised after <see cref="Current"/> has changed.</summary>
    public event Action? Changed;

    public GatewayOptions Current => _current;

    /// <summary>What is wrong from the beginning stops the start.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _failuresAtStart.Count == 0
        ? Task.CompletedTask
        : throw new OptionsValidationException(Options.DefaultName, typeof(GatewayOptions), _failuresAtStart);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _subscription.Dispose();

    private void Follow()
    {
        if (Read(out var failures) is { } options)
        {
            _current = options;
            Changed?.Invoke();
        }
        else
        {
            LogInvalid(string.Join(" ", failures));
        }
    }

    private GatewayOptions? Read(out IReadOnlyList<string> failures)
    {
        if (GatewaySection.Read(_configuration, out failures) is not { } options)
        {
            return null;
        }

        failures = _validator.Validate(options);
        return failures.Count == 0 ? options : null;
    }

    [LoggerMessage(2002, LogLevel.Error, "The gateway's configuration is not valid and not used: {Failures}")]
    private partial void LogInvalid(string failures);
}
