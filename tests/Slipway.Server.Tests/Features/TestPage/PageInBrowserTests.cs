using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.Server.Tests.Features.TestPage;

/// <summary>What the page does with what is written into it and with what servers say.</summary>
public sealed class PageInBrowserTests(Chromium browser) : IClassFixture<Chromium>
{
    private static readonly string[] Endpoints =
        ["ping", "emd_deploy", "emd_status", "emd_destroy", "emd_supported_models", "emd_details", "emd_models"];

    [Theory]
    [InlineData("/")]
    [InlineData("/test")]
    [InlineData("/test/")]
    public async Task The_page_has_a_card_for_every_endpoint_and_finds_its_server_itself(string path)
    {
        await using var server = await StartAsync();

        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop, path);
        await visit.ConnectedAsync();

        Assert.Equal(Endpoints, await visit.Find("#endpoints > .card").EvaluateAllAsync<string[]>("cards => cards.map(card => card.id)"));
        await Expect(visit.Find("#base")).ToHaveValueAsync(server.Url);
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task What_is_missing_is_told_beside_the_field_and_nothing_is_sent()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.ConnectedAsync();

        await visit.SendAsync("emd_deploy");

        var first = visit.Card("emd_deploy", "[name=model_id]");
        await Expect(first).ToBeFocusedAsync();
        await Expect(first).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(first).ToHaveAccessibleDescriptionAsync(new Regex("This is required"));
        await Expect(visit.Card("emd_deploy", ".fault:visible")).ToHaveCountAsync(4);
        Assert.DoesNotContain(visit.Requests, request => request.EndsWith("/emd_deploy", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("model_tag", "Dev!", "lower-case letters")]
    [InlineData("region", "the moon", "us-east-1")]
    [InlineData("model_stack_name", "1st", "a letter in front")]
    [InlineData("extra_params", "[1]", "not an object")]
    [InlineData("extra_params", "{", "not JSON")]
    public async Task What_cannot_be_is_told_beside_the_field_and_nothing_is_sent(string field, string text, string words)
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.Card("emd_deploy", "[data-sample=local]").ClickAsync();
        await visit.Card("emd_deploy", ".more summary").ClickAsync();

        await visit.FillAsync("emd_deploy", field, text);
        await visit.Card("emd_deploy", ".more summary").ClickAsync();
        await visit.SendAsync("emd_deploy");

        await Expect(visit.Card("emd_deploy", $"[name={field}]")).ToBeFocusedAsync();
        await Expect(visit.Card("emd_deploy", ".fault:visible")).ToContainTextAsync(words);
        Assert.DoesNotContain(visit.Requests, request => request.EndsWith("/emd_deploy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_is_told_by_sign_word_and_sentence()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.Card("emd_deploy", "[data-sample=local]").ClickAsync();
        await visit.FillAsync("emd_deploy", "model_id", "slipway-tinny");

        await visit.SendAsync("emd_deploy");

        await Expect(visit.Card("emd_deploy", ".answer.bad .verdict")).ToContainTextAsync("Error");
        await Expect(visit.Card("emd_deploy", ".answer.bad .status")).ToHaveTextAsync("400 Bad Request");
        await Expect(visit.Card("emd_deploy", ".answer.bad .icon-bad")).ToBeVisibleAsync();
        await Expect(visit.Card("emd_deploy", ".answer.bad .words")).ToContainTextAsync("Near it are: slipway-tiny");
        await visit.ShootAsync("desktop-refused");
    }

    /// <summary>Such depth only the server looks for.</summary>
    [Fact]
    public async Task The_servers_faults_stand_beside_their_fields()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.Card("emd_deploy", "[data-sample=local]").ClickAsync();
        await visit.Card("emd_deploy", ".more summary").ClickAsync();
        var deep = string.Concat(Enumerable.Repeat("{\"a\":", 40)) + "1" + new string('}', 40);
        await visit.FillAsync("emd_deploy", "extra_params", deep);

        await visit.SendAsync("emd_deploy");

        await Expect(visit.Card("emd_deploy", ".answer.bad .status")).ToContainTextAsync("422");
        await Expect(visit.Card("emd_deploy", ".field.object .fault")).ToContainTextAsync("32 deep");
        await Expect(visit.Card("emd_deploy", "[name=extra_params]")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task The_catalog_narrows_what_is_offered_to_the_chosen_model()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        var models = visit.Card("emd_deploy", "datalist").First.Locator("option");
        await Expect(models).Not.ToHaveCountAsync(0);

        await visit.FillAsync("emd_deploy", "model_id", "slipway-tiny");

        await Expect(visit.Find("#emd_deploy-engine_type-offer option")).ToHaveAttributeAsync("value", "slipway");
        await Expect(visit.Find("#emd_deploy-instance_type-hint")).ToHaveTextAsync("For this model: local.");
    }

    [Fact]
    public async Task The_curl_command_says_the_same_and_keeps_the_key_to_itself()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.Find("#key").FillAsync("sk-secret");
        await visit.Find("#key").BlurAsync();

        await visit.FillAsync("emd_status", "model_id", "it's");
        await visit.Card("emd_status", ".curl summary").ClickAsync();

        await Expect(visit.Card("emd_status", ".curl code")).ToHaveTextAsync(
            $$"""
            curl -X POST '{{server.Url}}/emd_status' \
              -H "Authorization: Bearer $SLIPWAY_API_KEY" \
              -H 'Content-Type: application/json' \
              -d '{"model_id":"it'\''s"}'
            """);
    }

    [Fact]
    public async Task A_call_can_be_cancelled()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        // Never answered.
        await visit.Page.RouteAsync("**/emd_details", _ => Task.CompletedTask);
        await visit.Card("emd_details", "[data-sample]").ClickAsync();
        await visit.SendAsync("emd_details");
        await Expect(visit.Card("emd_details", ".answer.busy .time")).Not.ToBeEmptyAsync();

        await visit.Card("emd_details", ".actions button:not([type=submit]):not([data-sample])").ClickAsync();

        await Expect(visit.Card("emd_details", ".answer.calm .verdict")).ToContainTextAsync("Cancelled");
        await Expect(visit.Card("emd_details", "button[type=submit]")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task What_others_wrote_is_shown_as_text()
    {
        const string Hostile = "<img src=x onerror=alert(1)>";
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop, "about:blank");
        await visit.Page.RouteAsync("**/emd_models", route => route.FulfillAsync(new RouteFulfillOptions
        {
            Json = new[] { new { model_id = Hostile, model_tag = "<b>t", status = "<i>new", service_type = "<u>s", instance_type = "&amp;", create_time = "<p>", outputs = new { } } },
        }));
        await visit.Page.RouteAsync("**/emd_status", route => route.FulfillAsync(new RouteFulfillOptions
        {
            Json = new { status = "Failed", failure_reason = Hostile, endpoint_url = "javascript:alert(1)", events = new[] { new { time = Hostile, subject = Hostile, text = Hostile } } },
        }));

        await visit.Page.GotoAsync(server.Url);
        await visit.Find("[data-action=status]").ClickAsync();
        await visit.SendAsync("emd_models");

        await Expect(visit.Find(".deployment .model")).ToHaveTextAsync(Hostile);
        await Expect(visit.Find(".deployment .notice p")).ToHaveTextAsync(Hostile);
        await Expect(visit.Card("emd_models", ".answer pre")).ToContainTextAsync(Hostile);
        Assert.Equal(0, await visit.Find("main img, .deployment b, .deployment i, a[href^=javascript]").CountAsync());
        Assert.Empty(visit.Complaints);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_told()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop, "about:blank");
        await visit.Page.RouteAsync("**/emd_models", route => route.FulfillAsync(new RouteFulfillOptions
        {
            Json = new[] { new { model_id = "m", model_tag = "dev", status = "InService", service_type = "local", instance_type = "local", create_time = "2026-01-01T00:00:00Z" } },
        }));
        await visit.Page.RouteAsync("**/v1/chat/completions", route => route.FulfillAsync(new RouteFulfillOptions
        {
            ContentType = "text/event-stream",
            Body = "data: {\"choices\":[{\"delta\":{\"content\":\"Half a <b>wo\"}}]}\n\n",
        }));

        await visit.Page.GotoAsync(server.Url);
        await visit.Find("[data-action=chat]").ClickAsync();
        await visit.Page.Keyboard.TypeAsync("Go on");
        await visit.Page.Keyboard.PressAsync("Enter");

        await Expect(visit.Find(".turn.assistant .said")).ToHaveTextAsync("Half a <b>wo");
        await Expect(visit.Find(".turn.assistant .notice.bad")).ToContainTextAsync("before the answer was whole");
        await Expect(visit.Find("#chat-place button[type=submit]")).ToHaveAttributeAsync("aria-disabled", "false");
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });
}
