using Slipway.Client;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Deployments;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployer;

/// <summary>The real program as a server that deploys to this machine, and loses patience in tenths of seconds. Leaves no process behind.</summary>
internal sealed class DeployerSite : IAsyncDisposable
{
    public const string BrokenId = "broken";

    /// <summary>A catalog with a model whose file is none: it is deployed and never comes into service.</summary>
    public const string Broken = """
        models:
          - {id: broken, path: FOLDER/broken.gguf, engines: [slipway], services: [local], instanceTypes: [local]}
        """;

    private readonly ServingProgram _server;

    private DeployerSite(ServingProgram server) => _server = server;

    public HttpClient Http => _server.Http;

    public string Url => Http.BaseAddress!.ToString().TrimEnd('/');

    /// <summary>Starts it without a model of its own.</summary>
    /// <param name="catalog">What its catalog adds to what it knows, with FOLDER for a folder of the server's own.</param>
    public static async Task<DeployerSite> StartAsync(string? catalog = null)
    {
        var data = Directory.CreateTempSubdirectory("slipway-data-").FullName;
        var variables = Variables().ToList();
        if (catalog is not null)
        {
            var file = Path.Combine(data, "catalog.yaml");
            await File.WriteAllTextAsync(Path.Combine(data, "broken.gguf"), "GGUF of another kind", TestContext.Current.CancellationToken);
            await File.WriteAllTextAsync(file, catalog.Replace("FOLDER", data, StringComparison.Ordinal), TestContext.Current.CancellationToken);
            variables.Add(("Catalog__Path", file));
        }
        return new DeployerSite(await ServingProgram.StartInAsync(data, [.. variables], "--no-model"));
    }

    /// <summary>Settings for the environment of a server.</summary>
    public static (string Name, string Value)[] Variables() =>
    [
        .. from setting in DeploymentServer.Settings()
           let parts = setting.TrimStart('-').Split('=', 2)
           select (parts[0].Replace(":", "__", StringComparison.Ordinal), parts[1]),
    ];

    /// <summary>Model servers outlive their server: they are ended first.</summary>
    public async ValueTask DisposeAsync()
    {
        using var client = new SlipwayClient(Http);
        foreach (var model in await client.ListDeployedModelsAsync(CancellationToken.None))
        {
            await client.DestroyModelAsync(model.ModelId, model.ModelTag, CancellationToken.None);
        }
        await Patience.UntilAsync(
            async () =>
            {
                await DeploymentServer.EndAllAsync(Http);
                return await client.ListDeployedModelsAsync(CancellationToken.None) is [];
            },
            () => "Something is still deployed.");
        _server.Dispose();
    }
}
