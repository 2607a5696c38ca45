using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace Slipway.Server.Platform.Telemetry;

internal static class TelemetryFeature
{
    /// <summary>Logs go to the console: lines for people, or one JSON object per line for machines.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder, ServerOptions options)
    {
        builder.Services.AddHostedService<OtlpExport>();
        builder.Logging.ClearProviders();
        builder.Logging.SetMinimumLevel(options.LogLevel.ToLogLevel());
        // These two log the query string at Information and Debug, and a GET of the chat stream has the prompt in it.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Warning);
        // A start that fails is told in one sentence by whoever started it; here it would be a page of stack.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Logging.AddFilter("Microsoft", options.LogLevel is ServerLogLevel.Debug ? LogLevel.Information : LogLevel.Warning);
        if (options.LogFormat is ServerLogFormat.Json)
        {
            builder.Logging.AddJsonConsole(console =>
            {
                console.IncludeScopes = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
            });
        }
        else
        {
            builder.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                console.ColorBehavior = LoggerColorBehavior.Default;
            });
        }

        var format = options.LogFormat is ServerLogFormat.Json ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;
        // The framework's formats, by a writer of our own.
        builder.Services.RemoveAll<ILoggerProvider>();
        builder.Services.AddSingleton<ILoggerProvider>(provider => new BatchedConsole(
            provider.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == format),
            hasScopes: format == ConsoleFormatterNames.Json, Console.OpenStandardOutput()));
    }

    public static void UseTelemetry(this WebApplication app) => app.UseMiddleware<RequestLog>();

    private static LogLevel ToLogLevel(this ServerLogLevel level) => level switch
    {
        ServerLogLevel.Critical => LogLevel.Critical,
        ServerLogLevel.Error => LogLevel.Error,
        ServerLogLevel.Warning => LogLevel.Warning,
        ServerLogLevel.Debug => LogLevel.Debug,
        _ => LogLevel.Information,
    };
}
