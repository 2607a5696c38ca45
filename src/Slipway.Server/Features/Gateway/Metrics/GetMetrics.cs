using System.Globalization;
using Slipway.Server.Features.Gateway.Routing;
using Slipway.Server.Platform.Telemetry;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>GET /metrics, for Prometheus.</summary>
internal static class GetMetrics
{
    public static void Map(IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/metrics", Handle).WithMetadata(new ProbeEndpoint()).WithTags("Health").WithSummary("Figures for Prometheus")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");

    internal static IResult Handle(GatewayMetrics metrics, CallsInFlight calls, RouteTable routes, ModelHost host) =>
        TypedResults.Text(Render(metrics, calls.Count, routes, host.Current), PrometheusText.MediaType);

    internal static string Render(GatewayMetrics metrics, int inFlight, RouteTable routes, LoadedModel? model)
    {
        var text = new PrometheusText();
        var models = metrics.Models.Where(meter => meter.Statuses.Any())
            .OrderBy(meter => meter.Key.Model, StringComparer.Ordinal).ThenBy(meter => meter.Key.Operation).ToList();
        Histogram(text, models, "gen_ai_server_request_duration_seconds", MetricNames.DurationHelp, meter => meter.Duration);
        Histogram(text, models, "gen_ai_server_time_to_first_token_seconds", MetricNames.FirstTokenHelp, meter => meter.FirstToken);
        Histogram(text, models, "gen_ai_server_time_per_output_token_seconds", MetricNames.PerTokenHelp, meter => meter.PerToken);
        Histogram(text, models, "slipway_gateway_overhead_seconds", "What the gateway itself took until the answer began", meter => meter.Overhead);
        WriteTokens(text, models);
        WriteCalls(text, models, inFlight);
        WriteRoutes(text, metrics, routes);
        EngineFigures.Write(text, model);
        return text.ToString();
    }

    private static void Histogram(
        PrometheusText text, List<ModelMeter> models, string name, string help, Func<ModelMeter, Distribution> distribution)
    {
        text.Family(name, "histogram", help);
        foreach (var meter in models)
        {
            text.Histogram(name, Labels(meter.Key), distribution(meter));
        }
    }

    private static void WriteTokens(PrometheusText text, List<ModelMeter> models)
    {
        const string Name = "gen_ai_client_token_usage";
        text.Family(Name, "histogram", MetricNames.TokensHelp);
        foreach (var meter in models)
        {
            text.Histogram(Name, Labels(meter.Key) + ",gen_ai_token_type=\"input\"", meter.PromptTokens);
            text.Histogram(Name, Labels(meter.Key) + ",gen_ai_token_type=\"output\"", meter.CompletionTokens);
        }
    }

    private static void WriteCalls(PrometheusText text, List<ModelMeter> models, int inFlight)
    {
        text.Family("slipway_gateway_requests_total", "counter", "Calls by the status that they came to");
        foreach (var meter in models)
        {
            foreach (var (status, count) in meter.Statuses.OrderBy(pair => pair.Key))
            {
                text.Sample(
                    "slipway_gateway_requests_total",
                    $"{Labels(meter.Key)},status=\"{status.ToString(CultureInfo.InvariantCulture)}\"", count.Value);
            }
        }

        text.Family("slipway_gateway_requests_in_flight", "gauge", "Calls that are being answered");
        text.Sample("slipway_gateway_requests_in_flight", "", inFlight);
    }

    private static void WriteRoutes(PrometheusText text, GatewayMetrics metrics, RouteTable routes)
    {
        text.Family("slipway_gateway_retries_total", "counter", "Tries after the first one");
        foreach (var route in metrics.Routes)
        {
            text.Sample("slipway_gateway_retries_total", PrometheusText.Labels(("gen_ai_request_model", route.Name)), route.Retries.Value);
        }

        text.Family("slipway_gateway_fallbacks_total", "counter", "Calls that went on to another route");
        foreach (var route in metrics.Routes)
        {
            text.Sample("slipway_gateway_fallbacks_total", PrometheusText.Labels(("gen_ai_request_model", route.Name)), route.Fallbacks.Value);
        }

        // By number, not by address: where a model runs is nobody's business but the operator's, who has the list.
        text.Family("slipway_gateway_upstream_state", "gauge", "0 in use, 1 being tried, 2 left alone");
        foreach (var (name, route) in routes.Configured.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            for (var i = 0; i < route.Replicas.Count; i++)
            {
                var labels = PrometheusText.Labels(("gen_ai_request_model", name), ("upstream", i.ToString(CultureInfo.InvariantCulture)));
                text.Sample("slipway_gateway_upstream_state", labels, (int)route.Replicas[i].Breaker.State);
            }
        }
    }

    private static string Labels(MeterKey key) => PrometheusText.Labels(
        ("gen_ai_operation_name", key.OperationName), ("gen_ai_provider_name", key.Provider), ("gen_ai_request_model", key.Model));
}
