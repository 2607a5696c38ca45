using System.Diagnostics;
using Slipway.Server.Features.Gateway.Surface;

namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>The span of a call, by OpenTelemetry's conventions for generative AI: names and counts, never what was said.</summary>
internal static class CallSpan
{
    private static readonly ActivitySource Source = new(GatewayMetrics.MeterName, ServerVersion.Text);

    /// <summary>Null where nobody listens.</summary>
    public static Activity? Start() => Source.StartActivity("chat", ActivityKind.Client);

    public static void Describe(Activity? span, CallRecord call)
    {
        if (span is null)
        {
            return;
        }

        var key = new MeterKey(call.Route?.Name ?? "", call.Operation, call.Provider);
        span.DisplayName = $"{key.OperationName} {key.Model}".TrimEnd();
        span.SetTag("gen_ai.operation.name", key.OperationName);
        span.SetTag("gen_ai.provider.name", key.Provider);
        span.SetTag("gen_ai.request.model", call.Route?.Name);
        span.SetTag("gen_ai.usage.input_tokens", call.Usage?.Prompt);
        span.SetTag("gen_ai.usage.output_tokens", call.Usage?.Completion);
        span.SetTag("slipway.gateway.overhead", call.Overhead.TotalSeconds);
        if (call.Status >= StatusCodes.Status400BadRequest)
        {
            span.SetTag("error.type", call.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
