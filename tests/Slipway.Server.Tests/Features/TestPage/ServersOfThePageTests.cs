using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Platform.Auth;
using static Microsoft.Playwright.Assertions;

namespace Slipway.Server.Tests.Features.TestPage;

/// <summary>Which server the page calls, and with which key.</summary>
public sealed class ServersOfThePageTests(Chromium browser) : IClassFixture<Chromium>
{
    [Fact]
    public async Task A_server_that_asks_for_a_key_is_let_have_one()
    {
        await using var server = await StartAsync();
        var key = await MakeKeyAsync(server);
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await Expect(visit.Find("#state.bad")).ToHaveTextAsync("API key needed");
        await visit.SendAsync("emd_models");
        await Expect(visit.Card("emd_models", ".answer.bad .status")).ToContainTextAsync("401");
        await visit.ShootAsync("desktop-key-needed");

        await visit.Find("#key").FillAsync(key);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.ConnectedAsync();
        await visit.SendAsync("emd_models");

        await Expect(visit.Card("emd_models", ".answer.good .status")).ToHaveTextAsync("200 OK");
        Assert.DoesNotContain(key, await visit.Page.EvaluateAsync<string>("JSON.stringify(localStorage)"), StringComparison.Ordinal);
        Assert.DoesNotContain(key, await visit.Page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_not_sent_to_another_server()
    {
        await using var server = await StartAsync();
        await using var other = await StartAsync($"--Cors:Origins:0={server.Url}");
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.Find("#key").FillAsync("sk-for-the-first");
        await visit.Find("#key").BlurAsync();
        var keys = new List<string?>();
        visit.Page.Request += (_, request) => keys.Add(request.Url.StartsWith(other.Url, StringComparison.Ordinal) ? request.Headers.GetValueOrDefault("authorization") : null);

        await NameAsync(visit, other.Url);
        await visit.ConnectedAsync();
        await Expect(visit.Find("#key")).ToHaveValueAsync("");
        await visit.Find("#home").ClickAsync();

        await Expect(visit.Find("#key")).ToHaveValueAsync("sk-for-the-first");
        Assert.All(keys, Assert.Null);
    }

    [Fact]
    public async Task A_server_that_lets_no_other_pages_call_is_told_from_one_that_is_away()
    {
        await using var server = await StartAsync();
        await using var other = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.ConnectedAsync();

        await NameAsync(visit, other.Url);
        await Expect(visit.Find("#state-words")).ToContainTextAsync("Cors:Origins");
        await other.StopAsync();
        await visit.Find("#connect button[type=submit]").ClickAsync();

        await Expect(visit.Find("#state-words")).ToContainTextAsync($"Nothing answers at {other.Url}");
    }

    [Fact]
    public async Task The_server_that_was_named_is_remembered_and_left_again()
    {
        await using var server = await StartAsync();
        await using var other = await StartAsync($"--Cors:Origins:0={server.Url}");
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await NameAsync(visit, other.Url + "/");
        await visit.ConnectedAsync();

        await visit.Page.ReloadAsync();
        await Expect(visit.Find("#base")).ToHaveValueAsync(other.Url);
        await visit.Find("#home").ClickAsync();
        await visit.Page.ReloadAsync();

        await Expect(visit.Find("#base")).ToHaveValueAsync(server.Url);
    }

    [Theory]
    [InlineData("somewhere")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("http://me:secret@127.0.0.1")]
    public async Task What_is_no_address_is_told_and_not_called(string text)
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.ConnectedAsync();

        await NameAsync(visit, text);

        await Expect(visit.Find("#base-fault")).ToBeVisibleAsync();
        Assert.All(visit.Requests, request => Assert.Contains(server.Url, request, StringComparison.Ordinal));
    }

    private static async Task NameAsync(Visit visit, string address)
    {
        await visit.Find("#base").FillAsync(address);
        await visit.Find("#base").BlurAsync();
    }

    private static Task<RunningServer> StartAsync(params string[] args) =>
        RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel }, args);

    private static async Task<string> MakeKeyAsync(RunningServer server)
    {
        var issued = await server.Services.GetRequiredService<KeyIssuer>().CreateAsync(new KeyTerms { Name = "a" }, TestContext.Current.CancellationToken);
        await server.Services.GetRequiredService<KeyRing>().RefreshAsync(TestContext.Current.CancellationToken);
        return issued.Secret;
    }
}
