using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Slipway.Server.Platform.Settings;

/// <summary>The files <c>appsettings.json</c> and <c>appsettings.ENVIRONMENT.json</c> in the folder where the server is started.</summary>
internal static class SettingsFeature
{
    /// <summary>Begins a server whose settings files are looked at again every few seconds.</summary>
    /// <exception cref="ServerStartException">A file is there and cannot be read.</exception>
    public static WebApplicationBuilder CreateBuilder(WebApplicationOptions options)
    {
        try
        {
            var builder = WebApplication.CreateSlimBuilder(options);
            Follow(builder);
            builder.Services.AddHostedService<SettingsWatch>();
            return builder;
        }
        catch (InvalidDataException exception)
        {
            throw Unreadable(exception);
        }
    }

    public static ServerStartException Unreadable(Exception exception) =>
        new($"{exception.Message} {exception.GetBaseException().Message}", exception);

    // The framework's own watcher asks the system about every folder below the working one, which may be a whole disk.
    private static void Follow(WebApplicationBuilder builder)
    {
        var files = new PhysicalFileProvider(builder.Environment.ContentRootPath) { UsePollingFileWatcher = true, UseActivePolling = true };
        IList<IConfigurationSource> sources = builder.Configuration.Sources;
        for (var i = 0; i < sources.Count; i++)
        {
            if (sources[i] is JsonConfigurationSource { Path: { } path } and not SettingsFile)
            {
                sources[i] = new SettingsFile { Path = path, Optional = true, ReloadOnChange = true, FileProvider = files };
            }
        }
    }
}
