using Microsoft.Playwright;

namespace Slipway.Server.Tests.Features.TestPage;

/// <summary>One real browser for all tests of a class. A machine without one skips them.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private IPlaywright? _driver;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        if (Find() is not { } program)
        {
            return;
        }
        _driver = await Playwright.CreateAsync();
        _browser = await _driver.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
    }

    /// <summary>A reader of their own: nothing is remembered of others.</summary>
    internal async Task<Visit> VisitAsync(string url, Screen screen, string path = "/")
    {
        Requirement.Check(_browser is not null, "Chromium is not installed on this machine.");
        var visit = await Visit.BeginAsync(_browser!, url, screen);
        await visit.Page.GotoAsync(path);
        return visit;
    }

    public async ValueTask DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        _driver?.Dispose();
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => Names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}
