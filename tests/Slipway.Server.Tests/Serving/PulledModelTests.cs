using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Slipway.Models;
using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Platform.Hub;

namespace Slipway.Server.Tests.Serving;

/// <summary>A server finds what was pulled by its hub's name, and pulls nothing because somebody asks it for a model.</summary>
public sealed class PulledModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HubStandIn.Repository, null)]
    [InlineData(HubStandIn.Repository + ":Q8_0", null)]
    [InlineData(HubStandIn.Repository, "q8_0")]
    public async Task What_was_pulled_is_loaded_by_its_name(string model, string? quantization)
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);
        await using var server = await StartAsync(site);
        using var library = site.Library();
        await HubSite.PullAsync(library);

        using var answer = await server.Http.PostAsJsonAsync("/api/v1/model/load", new { model, quantization }, Token);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
    }

    [Theory]
    [InlineData("acme/other", null, "acme/other")]
    [InlineData(HubStandIn.Repository, "Q2_K", HubStandIn.Repository + ":Q2_K")]
    public async Task What_was_not_pulled_is_refused_with_the_remedy_and_no_hub_is_asked(string model, string? quantization, string named)
    {
        await using var site = await HubSite.StartAsync();
        await using var server = await StartAsync(site);
        using var library = site.Library();
        await HubSite.PullAsync(library);
        var asked = site.Hub.Requests.Count;

        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/model/load") { Content = JsonContent.Create(new { model, quantization }) };
        request.Headers.AcceptLanguage.ParseAdd("en");
        using var answer = await server.Http.SendAsync(request, Token);

        var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("detail").GetString();
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains($"'slipway pull {named}'", detail, StringComparison.Ordinal);
        Assert.Equal(asked, site.Hub.Requests.Count);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("acme/..")]
    [InlineData("acme/tiny-GGUF:../../x")]
    [InlineData("acme/%2e%2e")]
    [InlineData("acme/tiny\r\nX-Y: 1")]
    [InlineData("acme/tiny\0")]
    public async Task A_hostile_name_is_only_not_found(string model)
    {
        await using var site = await HubSite.StartAsync();
        await using var server = await StartAsync(site);

        using var answer = await server.Http.PostAsJsonAsync("/api/v1/model/load", new { model }, Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(site.Hub.Requests);
    }

    [Fact]
    public async Task The_configured_model_is_pulled_before_the_server_starts()
    {
        await using var site = await HubSite.StartAsync();
        site.Hub[HubSite.File] = await File.ReadAllBytesAsync(BundledModel.Path, Token);

        using var server = await ServingProgram.StartAsync([("HF_ENDPOINT", site.Hub.Url), ("Serving__Model", HubStandIn.Repository)]);

        await Waiting.UntilAsync(
            new LogCapture(), async () => (await server.Http.GetStringAsync("/api/v1/model/info", Token)).Contains("\"is_loaded\":true", StringComparison.Ordinal));
        Assert.Equal(site.Hub[HubSite.File].Length, site.Hub.Served);
    }

    [Fact]
    public async Task A_folder_of_a_hub_is_served_by_its_repositorys_name()
    {
        await using var site = await HubSite.StartAsync();
        site.AddFolder();
        await using var server = await StartAsync(site);
        using var library = site.Library();
        await HubSite.PullAsync(library, "safetensors");

        using var answer = await server.Http.PostAsJsonAsync("/api/v1/model/load", new { model = HubStandIn.Repository + ":safetensors" }, Token);
        var info = await server.Http.GetFromJsonAsync<JsonElement>("/api/v1/model/info", Token);

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal("tiny-GGUF", info.GetProperty("model_name").GetString());
    }

    private static Task<RunningServer> StartAsync(HubSite site) => RunningServer.StartAsync(
        new ServerOptions { Model = ServerOptions.NoModel }, [$"--SLIPWAY_DATA={site.Data.Path}", $"--HF_ENDPOINT={site.Hub.Url}"]);
}
