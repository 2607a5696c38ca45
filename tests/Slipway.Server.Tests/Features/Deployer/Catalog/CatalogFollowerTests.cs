using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Features.Deployer.Catalog;

/// <summary>The user's file while a server runs.</summary>
public sealed class CatalogFollowerTests : IDisposable
{
    private const int Unusable = 2641;

    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-catalog-").FullName;

    private string File => Path.Combine(_folder, "catalog.yaml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_change_is_in_force_soon()
    {
        await WriteAsync(CatalogTexts.Bot);
        await using var server = await StartAsync();
        Assert.True(await KnowsAsync(server, "support-bot"));

        await WriteAsync(CatalogTexts.Bot.Replace("support-bot", "sales-bot", StringComparison.Ordinal));

        await Waiting.UntilAsync(server.Log, () => KnowsAsync(server, "sales-bot"));
        Assert.False(await KnowsAsync(server, "support-bot"));
    }

    [Fact]
    public async Task A_bad_change_keeps_the_old_catalog_and_says_why_once()
    {
        await WriteAsync(CatalogTexts.Bot);
        await using var server = await StartAsync();

        await WriteAsync(CatalogTexts.Bot.Replace("[slipway]", "[slipwai]", StringComparison.Ordinal));
        await Waiting.UntilAsync(server.Log, () => Task.FromResult(Told(server).Count > 0));
        System.IO.File.Delete(File);
        await Waiting.UntilAsync(server.Log, () => Task.FromResult(Told(server).Count > 1));

        Assert.True(await KnowsAsync(server, "support-bot"));
        Assert.Contains("line 2, column 33: 'engines' of the model 'support-bot' is 'slipwai'", Told(server)[0], StringComparison.Ordinal);
        Assert.Contains("there is no such file", Told(server)[1], StringComparison.Ordinal);
        Assert.Equal(2, Told(server).Count);
    }

    [Fact]
    public async Task A_file_that_comes_back_is_read_again()
    {
        await WriteAsync(CatalogTexts.Bot);
        await using var server = await StartAsync();
        System.IO.File.Delete(File);
        await Waiting.UntilAsync(server.Log, () => Task.FromResult(Told(server).Count > 0));

        await WriteAsync(CatalogTexts.Bot.Replace("support-bot", "sales-bot", StringComparison.Ordinal));

        await Waiting.UntilAsync(server.Log, () => KnowsAsync(server, "sales-bot"));
    }

    /// <summary>As Kubernetes mounts configurations.</summary>
    [Fact]
    public async Task A_link_that_is_turned_to_another_folder_is_followed()
    {
        foreach (var (name, id) in new[] { ("1", "support-bot"), ("2", "sales-bot") })
        {
            Directory.CreateDirectory(Path.Combine(_folder, name));
            await System.IO.File.WriteAllTextAsync(
                Path.Combine(_folder, name, "catalog.yaml"), CatalogTexts.Bot.Replace("support-bot", id, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        }
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data"), "1");
        System.IO.File.CreateSymbolicLink(File, "data/catalog.yaml");
        await using var server = await StartAsync();
        Assert.True(await KnowsAsync(server, "support-bot"));

        Directory.CreateSymbolicLink(Path.Combine(_folder, "next"), "2");
        Directory.Delete(Path.Combine(_folder, "data"));
        Directory.Move(Path.Combine(_folder, "next"), Path.Combine(_folder, "data"));

        await Waiting.UntilAsync(server.Log, () => KnowsAsync(server, "sales-bot"));
    }

    [Theory]
    [InlineData(null, "there is no such file")]
    [InlineData("models: 7\n", "line 1, column 9: 'models' of the catalog is '7'; accepted is a list")]
    [InlineData("[\n", "this is not YAML")]
    public async Task A_server_does_not_start_with_a_bad_catalog(string? text, string reason)
    {
        if (text is not null)
        {
            await WriteAsync(text);
        }

        var refusal = await Assert.ThrowsAsync<ServerStartException>(StartAsync);

        Assert.Contains($"Catalog:Path is '{File}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_no_catalog()
    {
        Directory.CreateDirectory(File);

        var refusal = await Assert.ThrowsAsync<ServerStartException>(StartAsync);

        Assert.Contains("there is no such file, or it cannot be opened", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_json_file_is_known_by_its_ending()
    {
        var file = Path.Combine(_folder, "catalog.JSON");
        var json = """{"models": [{"id": "\ud83d", "engines": ["slipway"]}]}""";
        await System.IO.File.WriteAllTextAsync(file, json, TestContext.Current.CancellationToken);

        var refusal = await Assert.ThrowsAsync<ServerStartException>(() => RunningServer.StartAsync(args: [$"--Catalog:Path={file}"]));

        Assert.Contains("this is not JSON: a text holds half of a letter", refusal.Message, StringComparison.Ordinal);
    }

    private static List<string> Told(RunningServer server) =>
        [.. server.Log.Lines.Where(line => line.EventId == Unusable).Select(line => line.Message)];

    private static async Task<bool> KnowsAsync(RunningServer server, string id)
    {
        using var answer = await server.Http.PostAsync("/emd_supported_models", null, TestContext.Current.CancellationToken);
        var models = await answer.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken);
        return models!.ContainsKey(id);
    }

    private Task<RunningServer> StartAsync() => RunningServer.StartAsync(args: [$"--Catalog:Path={File}"]);

    // In one go, as editors and deployments do: half a file would be told of, too.
    private async Task WriteAsync(string text)
    {
        var draft = File + ".draft";
        await System.IO.File.WriteAllTextAsync(draft, text, Encoding.UTF8, TestContext.Current.CancellationToken);
        System.IO.File.Move(draft, File, overwrite: true);
    }
}
