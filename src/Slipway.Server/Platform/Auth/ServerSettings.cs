namespace Slipway.Server.Platform.Auth;

/// <summary>The configuration of the server on this machine, for a program beside it.</summary>
public static class ServerSettings
{
    /// <summary><c>appsettings.json</c> where the program is started, and over it the environment's variables: as the server reads them.</summary>
    /// <exception cref="ServerStartException">The file cannot be read.</exception>
    public static IConfiguration Read()
    {
        try
        {
            return new ConfigurationBuilder()
                .SetBasePath(Directory.GetCurrentDirectory())
                .AddJsonFile("appsettings.json", optional: true)
                .AddEnvironmentVariables()
                .Build();
        }
        catch (Exception exception) when (exception is InvalidDataException or FormatException or IOException)
        {
            throw new ServerStartException($"appsettings.json cannot be read: {exception.Message}", exception);
        }
    }
}
