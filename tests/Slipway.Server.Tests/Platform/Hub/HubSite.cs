using Slipway.Server.Platform.Hub;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Models;

namespace Slipway.Server.Tests.Platform.Hub;

/// <summary>A hub beside us, and a library over a data folder of its own.</summary>
internal sealed class HubSite(HubStandIn hub) : IAsyncDisposable
{
    public const string File = "tiny-Q8_0.gguf";

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static HubName Name => HubName.Parse(HubStandIn.Repository);

    public HubStandIn Hub => hub;

    public DataSite Data { get; } = new();

    /// <summary>With one model of that many bytes.</summary>
    public static async Task<HubSite> StartAsync(int bytes = 1 << 20)
    {
        var hub = await HubStandIn.StartAsync();
        hub[File] = HubStandIn.Bytes(bytes);
        hub["README.md"] = "# tiny"u8.ToArray();
        return new HubSite(hub);
    }

    /// <summary>With small ranges and short pauses, unless the settings say otherwise.</summary>
    public HubLibrary Library(
        HubKind kind = HubKind.HuggingFace, long free = long.MaxValue, Action<HubPause>? onPause = null, params (string Name, string Value)[] settings)
    {
        (string Name, string Value)[] usual =
            [("Hub:PartBytes", "131072"), ("Hub:JournalBytes", "16384"), ("Hub:RetryPause", "00:00:00.001"), ("Hub:StallTimeout", "00:00:05")];
        return new(
            Data.Settings([.. settings, .. usual.ExceptBy(settings.Select(setting => setting.Name), setting => setting.Name)]),
            kind, hub.Url, TimeProvider.System, _ => free, onPause);
    }

    /// <summary>A small random model as a folder, among the other files.</summary>
    public void AddFolder()
    {
        using var folder = new CheckpointFolder();
        foreach (var file in Directory.GetFiles(folder.Path))
        {
            hub[Path.GetFileName(file)] = System.IO.File.ReadAllBytes(file);
        }
    }

    /// <summary>Plans and pulls.</summary>
    public static async Task<PulledModel> PullAsync(HubLibrary library, string? selector = null)
    {
        var plan = await library.PlanAsync(Name with { Selector = selector }, [], Token);
        return await library.PullAsync(plan, null, () => { }, Token);
    }

    /// <summary>Pulls what must not come, and gives what is said.</summary>
    public static async Task<HubException> RefusalAsync(HubLibrary library, string? selector = null) =>
        await Assert.ThrowsAsync<HubException>(() => PullAsync(library, selector));

    public string[] FilesLeft(string pattern = "*") => !Directory.Exists(Data.In("models")) ? []
        : Directory.GetFiles(Data.In("models"), pattern, SearchOption.AllDirectories).Where(file => !file.Contains(".locks", StringComparison.Ordinal)).ToArray();

    public async ValueTask DisposeAsync()
    {
        await hub.DisposeAsync();
        Data.Dispose();
    }
}
