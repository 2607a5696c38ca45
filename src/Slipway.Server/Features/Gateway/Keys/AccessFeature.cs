using Slipway.Server.Features.Gateway.Limits;
using Slipway.Server.Features.Gateway.Surface;
using Slipway.Server.Features.Gateway.Usage;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Database;
using Slipway.Server.Platform.Redis;

namespace Slipway.Server.Features.Gateway.Keys;

/// <summary>Who may call, how much, and what it came to.</summary>
internal static class AccessFeature
{
    /// <exception cref="ServerStartException">What the configuration says of Redis cannot be read.</exception>
    public static void AddAccess(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddDatabase();
        services.AddAuth();
        services.AddSingleton<AccessGate>();
        services.AddSingleton<ICallGate, KeyGate>();
        services.AddSingleton<ISecretSource, SecretsManagerSource>();

        services.AddSingleton<UsageStore>();
        services.AddSingleton<UsageLedger>();
        services.AddHostedService<UsageBookkeeper>();

        services.AddOptions<LimitOptions>().BindConfiguration("Gateway:Limits").ValidateOnStart();
        services.AddSingleton<IValidateOptions<LimitOptions>, LimitOptionsValidator>();
        services.AddSingleton<PriceTable>();
        if (builder.Configuration["Redis:ConnectionString"] is { Length: > 0 } redis)
        {
            services.AddSingleton(RedisAddress.Parse(redis));
            services.AddSingleton<RedisLink>();
            services.AddHostedService(provider => provider.GetRequiredService<RedisLink>());
            services.AddSingleton<SharedLimits>();
            services.AddHostedService(provider => provider.GetRequiredService<SharedLimits>());
        }
        services.AddSingleton(provider => new Limiter(
            provider.GetRequiredService<UsageLedger>(),
            provider.GetRequiredService<PriceTable>(),
            provider.GetService<SharedLimits>(),
            provider.GetRequiredService<IOptions<LimitOptions>>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<AccessAtStart>();
    }

    /// <summary>Stands behind routing: what an endpoint asks for is known there.</summary>
    public static void UseAccess(this IApplicationBuilder app) => app.UseMiddleware<EndpointGuard>();

    public static void MapAccess(this IEndpointRouteBuilder endpoints)
    {
        var admin = endpoints.MapGroup("/").WithTags("Access").NeedsAdmin();
        AdminKeys.Map(admin);
        GetUsage.Map(admin);
    }

    /// <summary>Has everything made whose configuration may be wrong, so that it is said at start and not by the first request.</summary>
    private sealed class AccessAtStart(Limiter limiter, SecretKeys secret) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            GC.KeepAlive(limiter);
            secret.Warm();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
