namespace Slipway.Server.Platform.Telemetry;

/// <summary>What a request's log line tells beside its status; an endpoint fills in what it knows.</summary>
internal sealed class RequestCounts
{
    public int? PromptTokens { get; set; }

    public int? CompletionTokens { get; set; }
}

/// <summary>Marks endpoints that are asked every few seconds: their log lines are for debugging only.</summary>
internal sealed class ProbeEndpoint;
