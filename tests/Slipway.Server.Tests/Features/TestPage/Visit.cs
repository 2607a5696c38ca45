using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Slipway.Server.Tests.Features.TestPage;

/// <summary>How a reader looks at the page.</summary>
internal sealed record Screen(int Width, int Height, string Locale = "en-US", ColorScheme Colors = ColorScheme.Light)
{
    public static Screen Desktop { get; } = new(1280, 900);

    public static Screen Phone { get; } = new(390, 844, "zh-CN", ColorScheme.Dark);

    public static Screen SmallPhone { get; } = new(360, 640);
}

/// <summary>The page in a tab, with all that it asked for and complained of.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentQueue<string> _complaints = new();

    private Visit(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Request += (_, request) => _requests.Enqueue($"{request.Method} {request.Url}");
        page.PageError += (_, error) => _complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                _complaints.Enqueue(message.Text);
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Method and address of each, in order.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Errors and warnings of the console, and exceptions that nobody caught.</summary>
    public IReadOnlyList<string> Complaints => [.. _complaints];

    public static async Task<Visit> BeginAsync(IBrowser browser, string url, Screen screen)
    {
        Assertions.SetDefaultExpectTimeout(60_000);
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = url,
            Locale = screen.Locale,
            ColorScheme = screen.Colors,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new ViewportSize { Width = screen.Width, Height = screen.Height },
        });
        return new Visit(context, await context.NewPageAsync());
    }

    public ILocator Find(string selector) => Page.Locator(selector);

    /// <summary>Of an endpoint's card.</summary>
    public ILocator Card(string endpoint, string selector) => Page.Locator($"#{endpoint} {selector}");

    public Task SendAsync(string endpoint) => Card(endpoint, "button[type=submit]").ClickAsync();

    public Task FillAsync(string endpoint, string field, string text) => Card(endpoint, $"[name={field}]").FillAsync(text);

    /// <summary>Until the server let the page in.</summary>
    public Task ConnectedAsync() => Assertions.Expect(Find("#state.good")).ToBeVisibleAsync();

    /// <summary>By how many pixels the page is wider than its window.</summary>
    public Task<int> OverflowAsync() => Page.EvaluateAsync<int>("document.documentElement.scrollWidth - window.innerWidth");

    /// <summary>Keeps how the page looks in the folder that SLIPWAY_SCREENSHOTS names; where it names none, nowhere.</summary>
    public async Task ShootAsync(string name)
    {
        if (Environment.GetEnvironmentVariable("SLIPWAY_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(folder, $"{name}.png") });
        }
    }

    public ValueTask DisposeAsync() => _context.DisposeAsync();
}
