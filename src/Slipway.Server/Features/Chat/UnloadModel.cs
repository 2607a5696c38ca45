using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Client.Chat;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Languages;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Chat;

/// <summary>POST /model/unload: no new answers from now on; answers when those in flight are finished and the memory is free.</summary>
internal static class UnloadModel
{
    private static readonly Sentence Done = new("模型已卸载", "The model is unloaded.");

    public static void Map(IEndpointRouteBuilder chat) =>
        chat.MapPost("/model/unload", Handle).WithSummary("Frees the model").NeedsAdmin();

    internal static async Task<Ok<ModelStatus>> Handle(ModelHost host, HttpContext context, CancellationToken cancellationToken)
    {
        await host.UnloadAsync(cancellationToken);
        return TypedResults.Ok(new ModelStatus("unloaded", Done.For(context.Request)));
    }
}
