using Slipway.Server.Platform.Health;
using Slipway.Server.Platform.Hub;
using Slipway.Server.Platform.Memory;
using Slipway.Server.Serving.Completions;
using Slipway.Server.Serving.Formats;

namespace Slipway.Server.Serving;

internal static class ServingFeature
{
    // What the framework itself needs after the last answer has ended.
    private static readonly TimeSpan ClosingTime = TimeSpan.FromSeconds(5);

    public static void AddServing(this IServiceCollection services)
    {
        services.AddOptions<ServingOptions>().BindConfiguration("Serving").ValidateOnStart();
        services.AddSingleton<IValidateOptions<ServingOptions>, ServingOptionsValidator>();
        services.AddOptions<HostOptions>().Configure<IOptions<ServingOptions>>((host, serving) =>
            host.ShutdownTimeout = serving.Value.ShutdownGrace + ClosingTime);
        services.AddSingleton<ModelHost>();
        services.AddSingleton(provider => new HubShelf(provider.GetRequiredService<IConfiguration>()));
        services.AddSingleton<ModelLocator>();
        services.AddSingleton<TokenizerLocator>();
        services.AddSingleton<IMemoryGauge>(new MemoryGauge());
        services.AddSingleton<MadeFormats>();
        services.AddSingleton<FormatFinder>();
        services.AddSingleton<FormatSwitch>();
        services.AddSingleton<Answering>();
        services.AddSingleton<Completing>();
        services.AddSingleton<Embedder>();
        services.AddSingleton<StopGrace>();
        services.AddSingleton<ModelHealth>();
        services.AddSingleton<IHealthSource>(provider => provider.GetRequiredService<ModelHealth>());
        services.AddSingleton<ModelAtStart>();
        services.AddHostedService(provider => provider.GetRequiredService<ModelAtStart>());
    }
}
