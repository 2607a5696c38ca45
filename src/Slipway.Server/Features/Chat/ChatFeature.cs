namespace Slipway.Server.Features.Chat;

/// <summary>The chat service: a model is loaded once and used many times.</summary>
internal static class ChatFeature
{
    public static void AddChat(this IServiceCollection services) => services.AddSingleton<ChatRun>();

    public static void MapChat(this IEndpointRouteBuilder endpoints)
    {
        var service = endpoints.MapGroup("/api/v1").WithTags("Chat");
        PostChat.Map(service);
        StreamChat.Map(service);
        GetChatHealth.Map(service);
        GetModel.Map(service);
        LoadModel.Map(service);
        UnloadModel.Map(service);
    }
}
