using System.Globalization;
using Microsoft.Extensions.Configuration.Memory;
using Slipway.Server.Serving;

namespace Slipway.Server;

internal static class ServerConfiguration
{
    /// <summary>Lays the command line over the configuration, and its default under it: what was typed wins over what was written.</summary>
    public static void AddConfigurationOf(this WebApplicationBuilder builder, ServerOptions options)
    {
        var typed = new Dictionary<string, string?>
        {
            ["Serving:" + nameof(ServingOptions.Model)] = options.Model,
            ["Serving:" + nameof(ServingOptions.MaxSequences)] = options.Workers?.ToString(CultureInfo.InvariantCulture),
            ["Serving:" + nameof(ServingOptions.Threads)] = options.Threads?.ToString(CultureInfo.InvariantCulture),
            ["Serving:" + nameof(ServingOptions.KvFormat)] = options.KvFormat,
        };
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData =
            [
                new("Serving:" + nameof(ServingOptions.Model), options.DefaultModel),
                new("Deployments:Engines:BundledModel", options.DefaultModel),
            ],
        });
        builder.Configuration.AddInMemoryCollection(typed.Where(pair => pair.Value is not null));
    }
}
