using Slipway.Server.Platform.Settings;

namespace Slipway.Server.Platform.Auth;

/// <summary>The configuration of the server on this machine, for a program beside it.</summary>
public static class ServerSettings
{
    /// <summary>
    /// <c>appsettings.json</c> and that of the environment where the program is started, and over them the environment's
    /// variables: as the server reads them.
    /// </summary>
    /// <exception cref="ServerStartException">The file cannot be read.</exception>
    public static IConfiguration Read()
    {
        try
        {
            return new ConfigurationBuilder()
                .SetBasePath(Directory.GetCurrentDirectory())
                .AddJsonFile("appsettings.json", optional: true)
                .AddJsonFile($"appsettings.{Named("ASPNETCORE_ENVIRONMENT") ?? Named("DOTNET_ENVIRONMENT") ?? "Production"}.json", optional: true)
                .AddEnvironmentVariables()
                .Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or IOException)
        {
            throw SettingsFeature.Unreadable(exception);
        }
    }

    private static string? Named(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } name ? name : null;
}
