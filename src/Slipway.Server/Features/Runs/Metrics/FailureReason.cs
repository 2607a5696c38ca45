namespace Slipway.Server.Features.Runs.Metrics;
internal sealed record FailureReason(string Code, string Text)
{
    public static FailureReason Find(IEnumerable<string> lines, int? exitCode) => new("exit_nonzero", $"exit code {exitCode}");
}
