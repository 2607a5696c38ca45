using System.Globalization;
using Slipway.Client.Runs;
using Slipway.Server.Features.Runs.Metrics;
using Slipway.Server.Features.Runs.Supervision;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>A run's figures: read, and told by the run itself.</summary>
internal static class MetricEndpoints
{
    private const string Scheme = "Bearer ";

    public static void Map(IEndpointRouteBuilder runs)
    {
        runs.MapGet("/{id}/metrics", Series).WithSummary("A run's series, or the one that ?name= names, in the order in which the points came")
            .Produces<IReadOnlyList<RunMetricPoint>>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        runs.MapPost("/{id}/progress", Push).ReadsBody(RunBody.ReadProgress).AlsoAdmits(IsOfTheRun)
            .WithSummary("Takes what the training says of itself; it has address and token in SLIPWAY_PROGRESS_URL and SLIPWAY_RUN_TOKEN")
            .Produces<RunDetail>().Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<ErrorBody>(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> Series(
        string id, string? name, int? attempt, RunStore runs, FigureStore figures, HttpResponse response, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { } run)
        {
            return RunEndpoints.Unknown(id);
        }
        var series = await figures.SeriesAsync(run.Id, name, attempt, cancellationToken);
        response.Headers[Page.TotalHeader] = series.Count.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(series);
    }

    private static async Task<IResult> Push(
        string id, Body<RunProgressReport> body, RunStore runs, RunFollowerShop followers, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(id, cancellationToken) is not { } run)
        {
            return RunEndpoints.Unknown(id);
        }
        if (await followers.WaitForAsync(run, cancellationToken) is not { } follower)
        {
            return ErrorResult.Conflict($"The run '{id}' is '{run.Status}' and not followed by this server; only a running one can report progress.");
        }
        await follower.PushAsync(body.Value, cancellationToken);
        return TypedResults.Ok((await runs.FindAsync(run.Id, cancellationToken) ?? run).ToDetail());
    }

    /// <summary>A run may speak of itself without anybody's key.</summary>
    private static async ValueTask<bool> IsOfTheRun(HttpContext context)
    {
        var sent = context.Request.Headers.Authorization.ToString();
        return sent.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && context.GetRouteValue("id") is string id
            && await context.RequestServices.GetRequiredService<RunStore>().FindAsync(id, context.RequestAborted) is { } run
            && RunToken.Matches(sent[Scheme.Length..].Trim(), run.TokenHash);
    }
}
