using System.Globalization;
using Slipway.Client.Runs;
using Slipway.Server.Features.Projects;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>Looking at runs: one, those of a project, all, several side by side.</summary>
internal static class RunEndpoints
{
    private const int MostCompared = 20;

    private static readonly string[] Statuses =
    [
        RunStatuses.Queued, RunStatuses.Starting, RunStatuses.Running, RunStatuses.Succeeded, RunStatuses.Failed, RunStatuses.Cancelled, RunStatuses.Lost,
    ];

    public static void Map(IEndpointRouteBuilder projects, IEndpointRouteBuilder runs)
    {
        projects.MapGet("/{project}/runs", ListOfProject).RefusesInvalid().WithSummary("Lists a project's runs, the newest first")
            .Produces<IReadOnlyList<RunDetail>>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        runs.MapGet("/", List).RefusesInvalid().WithSummary("Lists the runs of all projects, the newest first").Produces<IReadOnlyList<RunDetail>>();
        runs.MapGet("/compare", Compare).WithSummary("Puts runs side by side: their settings where they differ, and their figures")
            .Produces<RunComparison>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        runs.MapGet("/{id}", Get).WithSummary("One run as it stands now").Produces<RunDetail>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    public static ErrorResult Unknown(string id) => ErrorResult.NotFound($"There is no run '{id}'; GET /runs lists them.");

    private static async Task<IResult> ListOfProject(
        string project, string? status, string? executor, Page page, ProjectStore projects, RunStore store, HttpResponse response,
        CancellationToken cancellationToken) =>
        await projects.FindAsync(project, cancellationToken) is { } found
            ? await ListAsync(new RunFilter { ProjectId = found.Id, Status = status, Executor = executor }, page, store, response, cancellationToken)
            : ProjectsFeature.Unknown(project);

    private static async Task<IResult> List(
        string? project, string? status, string? executor, Page page, ProjectStore projects, RunStore store, HttpResponse response,
        CancellationToken cancellationToken) =>
        project is not null
            ? await ListOfProject(project, status, executor, page, projects, store, response, cancellationToken)
            : await ListAsync(new RunFilter { Status = status, Executor = executor }, page, store, response, cancellationToken);

    private static async Task<IResult> ListAsync(
        RunFilter filter, Page page, RunStore store, HttpResponse response, CancellationToken cancellationToken)
    {
        if (filter.Status is { } status && !Statuses.Contains(status))
        {
            return ErrorResult.BadRequest($"status is '{status}'; accepted are {string.Join(", ", Statuses)}.");
        }
        if (filter.Executor is { } executor && !ExecutorNames.All.Contains(executor))
        {
            return ErrorResult.BadRequest($"executor is '{executor}'; accepted are {string.Join(", ", ExecutorNames.All)}.");
        }
        var (total, runs) = await store.ListAsync(filter, page, cancellationToken);
        response.Headers[Page.TotalHeader] = total.ToString(CultureInfo.InvariantCulture);
        return TypedResults.Ok(runs.Select(run => run.ToDetail()));
    }

    private static async Task<IResult> Get(string id, RunStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } run ? TypedResults.Ok(run.ToDetail()) : Unknown(id);

    private static async Task<IResult> Compare(string? ids, RunStore store, CancellationToken cancellationToken)
    {
        var wanted = (ids ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct().ToList();
        if (wanted.Count is < 1 or > MostCompared)
        {
            return ErrorResult.BadRequest($"ids names {wanted.Count} runs; accepted are 1 to {MostCompared} ids, divided by commas.");
        }
        List<RunDetail> runs = [];
        foreach (var id in wanted)
        {
            if (await store.FindAsync(id, cancellationToken) is not { } run)
            {
                return Unknown(id);
            }
            runs.Add(run.ToDetail());
        }
        return TypedResults.Ok(Beside(runs));
    }

    private static RunComparison Beside(List<RunDetail> runs)
    {
        var settings = runs.ConvertAll(SettingsOf);
        return new RunComparison
        {
            Runs = runs,
            Differences = settings.SelectMany(map => map.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .Select(name => (name, Values: settings.ConvertAll(map => map.GetValueOrDefault(name))))
                .Where(pair => pair.Values.Distinct().Count() > 1)
                .ToDictionary(pair => pair.name, pair => (IReadOnlyList<string?>)pair.Values),
            Metrics = runs.SelectMany(run => run.Metrics.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                .ToDictionary(
                    name => name,
                    name => (IReadOnlyList<double?>)runs.ConvertAll(run => run.Metrics.TryGetValue(name, out var value) ? value : (double?)null)),
        };
    }

    private static Dictionary<string, string?> SettingsOf(RunDetail run)
    {
        var settings = run.Parameters.ToDictionary(pair => pair.Key, pair => (string?)pair.Value);
        settings["dataset"] = run.Dataset;
        settings["executor"] = run.Executor;
        settings["training_config"] = run.TrainingConfig;
        return settings;
    }
}
