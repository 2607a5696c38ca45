using Microsoft.AspNetCore.Http.HttpResults;
using Slipway.Client.Chat;
using Slipway.Server.Serving;

namespace Slipway.Server.Features.Chat;

/// <summary>GET /model/info: what is loaded.</summary>
internal static class GetModel
{
    // Our own engine computes on the CPU; the device chosen at start is for engines that use a GPU.
    private const string Device = "cpu";

    public static void Map(IEndpointRouteBuilder chat) => chat.MapGet("/model/info", Handle).WithSummary("What is loaded");

    internal static Ok<ModelInfo> Handle(ModelHost host, ModelLocator locator)
    {
        using var lease = host.TryTake();
        if (lease?.Value is not { } loaded)
        {
            return TypedResults.Ok(new ModelInfo
            {
                ModelName = locator.Configured is { } configured ? ModelSource.NameOf(configured) : "",
                Device = Device,
                IsLoaded = false,
                ModelSize = 0,
            });
        }

        return TypedResults.Ok(new ModelInfo
        {
            ModelName = loaded.Name,
            Device = Device,
            IsLoaded = true,
            ModelSize = loaded.Model.ByteSize,
            Quantization = loaded.Model.Quantization,
            Parameters = loaded.Model.ParameterCount,
            ContextLength = loaded.Model.ContextLength,
            Engine = "slipway",
            LoadedAt = loaded.LoadedAt,
        });
    }
}
