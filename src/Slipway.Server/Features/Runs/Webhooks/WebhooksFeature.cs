namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>Tells others of ended runs.</summary>
internal static class WebhooksFeature
{
    public static void AddWebhooks(this IServiceCollection services)
    {
        services.AddOptions<WebhookOptions>().BindConfiguration("Training").ValidateOnStart();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookFiguresValidator>();
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookTargetsValidator>();
        services.AddSingleton<WebhookOutbox>();
        services.AddHostedService<WebhookDeliverer>();
    }
}
