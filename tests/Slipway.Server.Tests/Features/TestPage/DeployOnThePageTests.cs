using Slipway.Server.Tests.Commands;
using Slipway.Server.Tests.Features.Deployments;
using static Microsoft.Playwright.Assertions;

namespace Slipway.Server.Tests.Features.TestPage;

/// <summary>The whole way of a model, with the real program and a real browser.</summary>
public sealed class DeployOnThePageTests(Chromium browser) : IClassFixture<Chromium>
{
    [Theory]
    [InlineData("desktop", "/")]
    [InlineData("phone", "/test")]
    public async Task The_sample_is_deployed_watched_talked_to_and_destroyed(string device, string path)
    {
        using var server = await ServingProgram.StartAsync(Variables(), "--no-model");
        await using var visit = await browser.VisitAsync(Address(server), device == "desktop" ? Screen.Desktop : Screen.Phone, path);
        await visit.ConnectedAsync();
        await visit.ShootAsync($"{device}-1-start");

        await DeployAsync(visit, device);
        await TalkAsync(visit, device);
        await DestroyAsync(visit, device);

        Assert.Empty(visit.Complaints);
        Assert.All(visit.Requests, request => Assert.Contains(Address(server), request, StringComparison.Ordinal));
        Assert.Equal(0, await visit.OverflowAsync());
    }

    private static async Task DeployAsync(Visit visit, string device)
    {
        await visit.Card("emd_deploy", "[data-sample=local]").ClickAsync();
        await visit.SendAsync("emd_deploy");
        await Expect(visit.Card("emd_deploy", ".answer.good .status")).ToHaveTextAsync("200 OK");
        await visit.ShootAsync($"{device}-2-deployed");

        await visit.Card("emd_deploy", ".strip button").ClickAsync();
        await Expect(visit.Find(".deployment .badge.good")).ToBeVisibleAsync();
        await Expect(visit.Find(".deployment .events li").Last).ToContainTextAsync("InService");
        await Expect(visit.Find(".deployment h3")).ToHaveTextAsync("slipway-tiny dev");
        await visit.ShootAsync($"{device}-3-in-service");
    }

    private static async Task TalkAsync(Visit visit, string device)
    {
        await visit.Find("[data-action=chat]").ClickAsync();
        await Expect(visit.Find("#chat-message")).ToBeFocusedAsync();
        await visit.Page.Keyboard.TypeAsync("What is AES?");
        await visit.Page.Keyboard.PressAsync("Enter");

        await Expect(visit.Find(".turn.assistant .said")).ToContainTextAsync("Advanced Encryption Standard");
        await Expect(visit.Find(".turn.assistant .hint")).Not.ToBeEmptyAsync();
        await visit.ShootAsync($"{device}-4-chat");
    }

    private static async Task DestroyAsync(Visit visit, string device)
    {
        await visit.Find("[data-action=destroy]").ClickAsync();
        await Expect(visit.Find("#confirm")).ToBeVisibleAsync();
        await visit.ShootAsync($"{device}-5-asked");
        await visit.Page.Keyboard.PressAsync("Escape");
        Assert.DoesNotContain(visit.Requests, request => request.EndsWith("/emd_destroy", StringComparison.Ordinal));

        await visit.Find("[data-action=destroy]").ClickAsync();
        await visit.Find("#confirm-yes").ClickAsync();
        await Expect(visit.Find(".empty")).ToBeVisibleAsync();
        await Expect(visit.Find(".deployment")).ToHaveCountAsync(0);
        await Expect(visit.Find("#chat-model option")).ToHaveCountAsync(0);
    }

    private static string Address(ServingProgram server) => server.Http.BaseAddress!.ToString().TrimEnd('/');

    private static (string Name, string Value)[] Variables() =>
    [
        .. from setting in DeploymentServer.Settings()
           let parts = setting.TrimStart('-').Split('=', 2)
           select (parts[0].Replace(":", "__", StringComparison.Ordinal), parts[1]),
    ];
}
