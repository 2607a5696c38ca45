using Slipway.Client.Chat;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Languages;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Chat;

/// <summary>POST /model/load: loads the configured model, or switches to the one named. Answers when it is ready.</summary>
internal static class LoadModel
{
    private static readonly Sentence Done = new("模型加载完成", "The model is loaded.");

    public static void Map(IEndpointRouteBuilder chat) =>
        chat.MapPost("/model/load", Handle).ReadsBody(ChatBody.ReadLoad, mayBeEmpty: true).WithSummary("Loads a model, or switches to it").NeedsAdmin()
            .Produces<ModelStatus>().Produces<ErrorBody>(StatusCodes.Status400BadRequest);

    internal static async Task<IResult> Handle(
        Body<LoadModelRequest> body, ModelHost host, ModelLocator locator, HttpContext context, CancellationToken cancellationToken)
    {
        var wanted = body.Value;
        if ((wanted.Model ?? locator.Configured ?? host.Current?.Source.Path) is not { } name)
        {
            return ErrorResult.BadRequest(ServingSentences.NothingConfigured.For(context.Request));
        }

        var (source, unknown) = locator.Find(name, wanted.Quantization);
        if (source is null)
        {
            return ErrorResult.BadRequest(unknown.For(context.Request));
        }

        return await host.LoadAsync(source, cancellationToken) is { } failure
            ? ErrorResult.BadRequest(failure.For(context.Request))
            : TypedResults.Ok(new ModelStatus("loaded", Done.For(context.Request)));
    }
}
