using Slipway.Client.Runs;
using Slipway.Client.Sending;

namespace Slipway.Client;

public sealed partial class SlipwayClient
{
    /// <summary>Puts a run of a project into the queue.</summary>
    /// <param name="project">Its name or id.</param>
    /// <param name="request">Null takes the server's defaults.</param>
    /// <param name="cancellationToken">Ends the wait; the run may have been queued all the same.</param>
    /// <exception cref="SlipwayException">Dataset or configuration is missing (400, which names each), or the project archived (409).</exception>
    public Task<RunDetail> StartRunAsync(string project, StartRunRequest? request = null, CancellationToken cancellationToken = default) =>
        PostAsync(ProjectPath(project) + "/runs", request, ClientJson.Wire.StartRunRequest, ClientJson.Wire.RunDetail, cancellationToken);

    /// <summary>Runs, the newest first, and how many there are in all.</summary>
    public Task<(IReadOnlyList<RunDetail> Runs, long Total)> ListRunsAsync(
        RunFilter? filter = null, CancellationToken cancellationToken = default) => ListAsync(
        "runs" + Query.Of(
            ("project", filter?.Project), ("status", filter?.Status), ("executor", filter?.Executor), ("limit", filter?.Limit),
            ("offset", filter?.Offset)),
        ClientJson.Wire.IReadOnlyListRunDetail, cancellationToken);

    /// <summary>A run as it stands now.</summary>
    public Task<RunDetail> GetRunAsync(string run, CancellationToken cancellationToken = default) =>
        GetAsync(RunPath(run), ClientJson.Wire.RunDetail, null, cancellationToken);

    /// <summary>Ends a run. The answer comes at once; the run is <c>cancelled</c> when all its processes are gone.</summary>
    /// <exception cref="SlipwayException">It has ended before (409).</exception>
    public Task<RunDetail> CancelRunAsync(string run, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Post, RunPath(run) + "/cancel", null, ClientJson.Wire.RunDetail, cancellationToken);

    /// <summary>Puts a failed, cancelled or lost run into the queue again, as another attempt.</summary>
    /// <exception cref="SlipwayException">It goes on, or has succeeded (409).</exception>
    public Task<RunDetail> RetryRunAsync(string run, RetryRunRequest? request = null, CancellationToken cancellationToken = default) =>
        PostAsync(RunPath(run) + "/retry", request, ClientJson.Wire.RetryRunRequest, ClientJson.Wire.RunDetail, cancellationToken);

    /// <summary>Removes an ended run with its log and its artifacts.</summary>
    /// <exception cref="SlipwayException">It goes on (409).</exception>
    public Task DeleteRunAsync(string run, CancellationToken cancellationToken = default) =>
        CallAsync(HttpMethod.Delete, RunPath(run), cancellationToken);

    /// <summary>The points of a run's series, in the order in which they came.</summary>
    /// <param name="run">Its id.</param>
    /// <param name="name">One series; null gives all.</param>
    /// <param name="attempt">From 1; null gives those of all attempts.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task<IReadOnlyList<RunMetricPoint>> GetRunMetricsAsync(
        string run, string? name = null, int? attempt = null, CancellationToken cancellationToken = default) => GetAsync(
        $"{RunPath(run)}/metrics{Query.Of(("name", name), ("attempt", attempt))}", ClientJson.Wire.IReadOnlyListRunMetricPoint, null,
        cancellationToken);

    /// <summary>Tells how far a training has come; what its log says of the same figures counts no more.</summary>
    /// <exception cref="SlipwayException">The run does not go on (409).</exception>
    public Task<RunDetail> ReportRunProgressAsync(string run, RunProgressReport report, CancellationToken cancellationToken = default) =>
        PostAsync(RunPath(run) + "/progress", report, ClientJson.Wire.RunProgressReport, ClientJson.Wire.RunDetail, cancellationToken);

    /// <summary>Puts 1 to 20 runs side by side.</summary>
    public Task<RunComparison> CompareRunsAsync(IEnumerable<string> runs, CancellationToken cancellationToken = default) => GetAsync(
        "runs/compare" + Query.Of(("ids", string.Join(',', runs))), ClientJson.Wire.RunComparison, null, cancellationToken);

    private static string RunPath(string run) => $"runs/{Segment(run)}";
}
