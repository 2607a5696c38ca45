using System.Text;
using Microsoft.Net.Http.Headers;
using Slipway.Client.TrainingConfigs;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>GET: what there is under a name, and its text.</summary>
internal static class GetTrainConfig
{
    public static void Map(IEndpointRouteBuilder configs)
    {
        configs.MapGet("/v1/train-config", HandleSlot).WithSummary("Shows the configuration of the single slot")
            .Produces<TrainConfig>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
        configs.MapGet("/v1/train-configs/{name}", Handle).WithSummary("Shows the latest version of a configuration, or the one asked for")
            .Produces<TrainConfig>().Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity);
        configs.MapGet("/v1/train-configs/{name}/content", HandleContent).WithSummary("Gives the YAML, byte by byte as it was uploaded")
            .Produces(StatusCodes.Status200OK, contentType: "application/yaml")
            .Produces<ErrorBody>(StatusCodes.Status404NotFound).Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity);
    }

    internal static async Task<IResult> HandleSlot(ConfigStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(TrainingConfigsFeature.Slot, null, cancellationToken) is { } row
            ? TypedResults.Ok(row.ToView())
            : ErrorResult.NotFound("No training configuration is in the slot; upload one with PUT /v1/train-config.");

    internal static async Task<IResult> Handle(string name, string? version, ConfigStore store, CancellationToken cancellationToken)
    {
        var faults = new FaultList();
        var number = Page.Read("version", version, 1, long.MaxValue, faults);
        return faults.Count > 0 ? new FaultsResult(faults.All)
            : await store.FindAsync(name, number, cancellationToken) is { } row ? TypedResults.Ok(row.ToView())
            : Missing(name, number);
    }

    internal static async Task<IResult> HandleContent(
        string name, string? version, ConfigStore store, HttpResponse response, CancellationToken cancellationToken)
    {
        var faults = new FaultList();
        var number = Page.Read("version", version, 1, long.MaxValue, faults);
        if (faults.Count > 0)
        {
            return new FaultsResult(faults.All);
        }
        if (await store.ReadAsync(name, number, cancellationToken) is not { } row)
        {
            return Missing(name, number);
        }
        // A stranger's text: to be saved, and never to be taken for a page.
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(row.Filename);
        response.Headers.ContentDisposition = disposition.ToString();
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Bytes(Encoding.UTF8.GetBytes(row.Content), "application/yaml");
    }

    internal static ErrorResult Missing(string name, long? version) => ErrorResult.NotFound(version is null
        ? $"There is no training configuration '{Shown(name)}'; GET /v1/train-configs lists what there is."
        : $"There is no version {version} of a training configuration '{Shown(name)}'; GET /v1/train-configs/NAME/versions lists what there is.");

    private static string Shown(string name) =>
        string.Concat(name.Take(128).Select(letter => char.IsControl(letter) ? '\uFFFD' : letter)) + (name.Length > 128 ? "…" : "");
}
