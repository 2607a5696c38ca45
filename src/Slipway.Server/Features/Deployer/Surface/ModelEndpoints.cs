using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Client.Deployer;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Deployer.Surface;

/// <summary>POST /emd_supported_models and /emd_details: what can be deployed.</summary>
internal static class ModelEndpoints
{
    public static void Map(IEndpointRouteBuilder deployer)
    {
        deployer.MapPost("/emd_supported_models", List).ReadsBody(_ => new NoFields(), mayBeEmpty: true)
            .WithSummary("Every model that can be deployed, by its id");
        deployer.MapPost("/emd_details", Get).ReadsBody(DeployBody.ReadDetails)
            .WithSummary("One model that can be deployed, with all that is known of it when detail is true")
            .Produces<IReadOnlyDictionary<string, DeployableModelDetail>>().Produces<ErrorBody>(StatusCodes.Status404NotFound);
    }

    private static Ok<Dictionary<string, DeployableModel>> List(Body<NoFields> body, ModelCatalog catalog) =>
        TypedResults.Ok(catalog.All.ToDictionary(model => model.Id, ModelViews.InShort, StringComparer.Ordinal));

    private static IResult Get(Body<ModelDetailsRequest> body, ModelCatalog catalog)
    {
        var (id, isWhole) = (body.Value.ModelId, body.Value.Detail ?? false);
        return catalog.Find(id) is not { } model ? ErrorResult.NotFound(DeployCheck.Unknown(id, catalog, namesAll: false))
            : isWhole ? TypedResults.Ok(new Dictionary<string, DeployableModelDetail> { [id] = ModelViews.InFull(model) })
            : TypedResults.Ok(new Dictionary<string, DeployableModel> { [id] = ModelViews.InShort(model) });
    }

    /// <summary>Clients of old send an empty object, or nothing.</summary>
    internal sealed record NoFields;
}
