using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Slipway.Server.Platform.Telemetry;

/// <summary>
/// Sends traces and metrics to a collector where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one, by the protocol and with the
/// headers that the other standard variables say. Without it nothing listens, and the instruments cost nothing.
/// </summary>
internal sealed class OtlpExport(IConfiguration configuration) : IHostedService, IDisposable
{
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Sources of spans and meters that are sent.</summary>
    private static readonly string[] Ours = ["Slipway.Gateway"];

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(configuration[EndpointVariable]))
        {
            return Task.CompletedTask;
        }

        var resource = ResourceBuilder.CreateDefault()
            .AddService(configuration["OTEL_SERVICE_NAME"] ?? "slipway", serviceVersion: ServerVersion.Text);
        _traces = Sdk.CreateTracerProviderBuilder().ConfigureServices(Configure).SetResourceBuilder(resource)
            .AddSource("Microsoft.AspNetCore").AddSource(Ours).AddOtlpExporter().Build();
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureServices(Configure).SetResourceBuilder(resource)
            .AddMeter("Microsoft.AspNetCore.Hosting", "System.Runtime").AddMeter(Ours).AddOtlpExporter().Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The standard variables may stand in any source of the configuration.
    private void Configure(IServiceCollection services) => services.AddSingleton(configuration);

    /// <summary>Sends what waits.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }
}
