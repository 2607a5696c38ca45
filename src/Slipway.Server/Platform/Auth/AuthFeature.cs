using Slipway.Server.Platform.Database;

namespace Slipway.Server.Platform.Auth;

internal static class AuthFeature
{
    /// <summary>
    /// Needs the database. Keys from a secret are looked for where <c>AUTH_SECRET_ID</c> is set; whoever calls
    /// registers an <see cref="ISecretSource"/> that reads it.
    /// </summary>
    public static void AddAuth(this IServiceCollection services)
    {
        services.AddSingleton(provider =>
            Pepper.Of(provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<DataFolder>()));
        services.AddSingleton<KeyStore>();
        services.AddSingleton<KeyIssuer>();
        services.AddSingleton<KeyRing>();
        services.AddSingleton(provider =>
        {
            var configuration = provider.GetRequiredService<IConfiguration>();
            return new SecretKeys(
                configuration["AUTH_SECRET_ID"] is { Length: > 0 } ? provider.GetRequiredService<ISecretSource>() : null,
                SecretKeyOptions.Of(configuration),
                provider.GetRequiredService<Pepper>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILogger<SecretKeys>>());
        });
        services.AddHostedService<KeyRingRefresher>();
    }
}
