using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Slipway.Server.Tests.Features.TestPage;

/// <summary>That the page can be read and used: on phones, in the dark, in both languages, without a mouse.</summary>
public sealed class LookOfThePageTests(Chromium browser) : IClassFixture<Chromium>
{
    // What is seen with less than the contrast of WCAG's level AA against what is painted under it.
    private const string Faint = """
        () => {
          const parse = color => (color.match(/[\d.]+/g) ?? []).map(Number);
          const light = ([r, g, b]) => {
            const [x, y, z] = [r, g, b].map(part => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
            return 0.2126 * x + 0.7152 * y + 0.0722 * z;
          };
          const ground = element => {
            for (let at = element; at; at = at.parentElement) {
              const color = parse(getComputedStyle(at).backgroundColor);
              if (color.length === 3 || color[3] === 1) return color;
            }
            return [255, 255, 255];
          };
          return [...document.querySelectorAll('body *')]
            .filter(each => each.checkVisibility() && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
            .filter(each => !each.closest('.unseen, .skip, svg, option'))
            .map(each => {
              const [one, two] = [light(parse(getComputedStyle(each).color)), light(ground(each))];
              return { each, ratio: (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05) };
            })
            .filter(({ ratio }) => ratio < 4.5)
            .map(({ each, ratio }) => `${each.className} '${each.textContent}' ${ratio.toFixed(2)}`);
        }
        """;

    // What is harder to hit with a finger than it should be; a box is hit by its label.
    private const string Small = """
        () => [...document.querySelectorAll('button, input:not([type=checkbox]), select, textarea, summary, nav a, footer a, label:has(input)')]
          .filter(each => each.checkVisibility())
          .map(each => ({ each, height: each.getBoundingClientRect().height }))
          .filter(({ height }) => height < 44)
          .map(({ each, height }) => `${each.tagName} '${each.textContent}' ${height}`)
        """;

    // What has no words in this language.
    private const string Untold =
        "() => [...document.querySelectorAll('[data-text]')].filter(each => ['', each.dataset.text].includes(each.textContent)).map(each => each.dataset.text)";

    [Theory]
    [InlineData("en-US")]
    [InlineData("zh-CN")]
    public async Task On_a_small_phone_nothing_is_too_wide_or_too_small(string locale)
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.SmallPhone with { Locale = locale });
        await visit.ConnectedAsync();

        await BusyAsync(visit);
        await visit.Find("#menu").ClickAsync();

        Assert.Equal(0, await visit.OverflowAsync());
        Assert.Empty(await visit.Page.EvaluateAsync<string[]>(Small));
        Assert.Empty(await visit.Page.EvaluateAsync<string[]>(Untold));
    }

    [Theory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task Every_text_stands_out_from_its_ground(ColorScheme colors)
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop with { Colors = colors });
        await visit.ConnectedAsync();

        await BusyAsync(visit);

        await visit.ShootAsync($"desktop-{colors}");
        Assert.Empty(await visit.Page.EvaluateAsync<string[]>(Faint));
    }

    [Fact]
    public async Task The_language_is_the_readers_until_they_choose_another()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop with { Locale = "zh-CN" });
        await Expect(visit.Find("html")).ToHaveAttributeAsync("lang", "zh-CN");
        await Expect(visit.Card("emd_deploy", "[data-sample=local]")).ToHaveTextAsync("填充示例数据");
        await visit.FillAsync("emd_deploy", "model_id", "kept");

        await visit.Find("[data-language=en]").ClickAsync();
        await Expect(visit.Card("emd_deploy", "[data-sample=local]")).ToHaveTextAsync("Fill sample data");
        await Expect(visit.Card("emd_deploy", "[name=model_id]")).ToHaveValueAsync("kept");
        await visit.Page.ReloadAsync();

        await Expect(visit.Find("html")).ToHaveAttributeAsync("lang", "en");
        await Expect(visit.Find("h1")).ToHaveTextAsync("Slipway model deployer");
    }

    [Fact]
    public async Task Everything_can_be_done_without_a_mouse()
    {
        await using var server = await StartAsync();
        await using var visit = await browser.VisitAsync(server.Url, Screen.Desktop);
        await visit.ConnectedAsync();
        var keyboard = visit.Page.Keyboard;

        await keyboard.PressAsync("Tab");
        await Expect(visit.Find(".skip")).ToBeFocusedAsync();
        await keyboard.PressAsync("Enter");
        await Expect(visit.Find("#main")).ToBeFocusedAsync();
        await keyboard.PressAsync("Tab");
        await Expect(visit.Find("#base")).ToBeFocusedAsync();
        await visit.Card("emd_details", "[name=model_id]").FocusAsync();
        await keyboard.TypeAsync("slipway-tiny");
        await keyboard.PressAsync("Enter");

        await Expect(visit.Card("emd_details", ".answer.good")).ToBeVisibleAsync();
        await visit.Card("emd_details", ".answer pre").FocusAsync();
        Assert.Equal("solid", await visit.Card("emd_details", ".answer pre").EvaluateAsync<string>("each => getComputedStyle(each).outlineStyle"));
    }

    /// <summary>Has the page show all that it has: answers good and bad, faults, folded parts.</summary>
    private static async Task BusyAsync(Visit visit)
    {
        foreach (var summary in await visit.Find("summary").AllAsync())
        {
            await summary.ClickAsync();
        }
        await visit.SendAsync("emd_supported_models");
        await Expect(visit.Card("emd_supported_models", ".answer.good")).ToBeVisibleAsync();
        await visit.Card("emd_status", "[data-sample]").ClickAsync();
        await visit.SendAsync("emd_status");
        await Expect(visit.Card("emd_status", ".answer.bad")).ToBeVisibleAsync();
        await visit.Card("emd_deploy", "[data-sample=sagemaker]").ClickAsync();
        await visit.FillAsync("emd_deploy", "extra_params", "[]");
        await visit.SendAsync("emd_deploy");
        await Expect(visit.Card("emd_deploy", ".fault:visible")).ToHaveCountAsync(1);
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });
}
