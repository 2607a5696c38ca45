using System.Diagnostics;
using Slipway.Server.Features.Gateway.Surface;

namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>The span of a call, by OpenTelemetry's conventions for generative AI: names and counts, never what was said.</summary>
internal static class CallSpan
{
    private static readonly ActivitySource Source = new(GatewayMetrics.MeterName, ServerVersion.Text);

    /// <summary>A child of the client's own span where it sent one. Null where nobody listens.</summary>
    public static Activity? Start(HttpRequest request)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // The framework's own activity is recorded by nobody; as the parent it would keep this one from being recorded, too.
        Activity.Current = null;
        var headers = request.Headers;
        return ActivityContext.TryParse(headers.TraceParent, headers.TraceState, isRemote: true, out var client)
            ? Source.StartActivity("chat", ActivityKind.Client, client)
            : Source.StartActivity("chat", ActivityKind.Client);
    }

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
