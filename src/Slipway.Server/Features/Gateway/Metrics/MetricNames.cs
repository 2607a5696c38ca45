namespace Slipway.Server.Features.Gateway.Metrics;

/// <summary>Names and words of OpenTelemetry's conventions, and the steps of the histograms.</summary>
internal static class MetricNames
{
    public const string Duration = "gen_ai.server.request.duration";
    public const string DurationHelp = "Time from the request to the end of the answer";
    public const string FirstToken = "gen_ai.server.time_to_first_token";
    public const string FirstTokenHelp = "Time from the request to the first part of the answer";
    public const string PerToken = "gen_ai.server.time_per_output_token";
    public const string PerTokenHelp = "Mean time from one token of the answer to the next";
    public const string Tokens = "gen_ai.client.token.usage";
    public const string TokensHelp = "Tokens of prompts and answers";

    public static readonly double[] Seconds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

    public static readonly double[] SmallSeconds =
        [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

    public static readonly double[] TokenCounts =
        [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576];
}
