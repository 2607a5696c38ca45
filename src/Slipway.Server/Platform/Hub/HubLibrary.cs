using System.Security.Cryptography;
using System.Text;
using Slipway.Server.Platform.Database;
using Slipway.Server.Platform.Files;
using Slipway.Server.Platform.Hub.Downloads;
using Slipway.Server.Platform.Hub.Protocols;
using Slipway.Server.Platform.Hub.Store;

namespace Slipway.Server.Platform.Hub;

/// <summary>Models of a hub and those that were pulled: looks up, pulls, lists, removes. One for a command; dispose it.</summary>
public sealed class HubLibrary : IDisposable
{
    private readonly HubOptions _options;
    private readonly HubHttp _http;
    private readonly HubRetry _retry;
    private readonly IHub _hub;
    private readonly HubShelf _shelf;
    private readonly ModelStore _store;
    private readonly RepositoryLock _locks;
    private readonly TimeProvider _clock;
    private readonly Func<string, long> _freeBytes;

    /// <param name="settings">With the environment's variables: <c>Hub:*</c>, the hubs' addresses and tokens, the data folder.</param>
    /// <param name="kind">The hub; null takes <c>SLIPWAY_HUB</c>, <c>Hub:Kind</c> or Hugging Face.</param>
    /// <param name="endpoint">Its address; null takes its variable or its usual one.</param>
    /// <param name="onPause">Told, from any thread, whenever the hub is asked again after a pause; null tells nobody.</param>
    /// <exception cref="ServerStartException">A setting is not accepted, or the data folder cannot be made.</exception>
    /// <exception cref="ArgumentException">The address or the token is none.</exception>
    public HubLibrary(IConfiguration settings, HubKind? kind = null, string? endpoint = null, Action<HubPause>? onPause = null)
        : this(settings, kind, endpoint, TimeProvider.System, folder => new DriveInfo(folder).AvailableFreeSpace, onPause)
    {
    }

    internal HubLibrary(
        IConfiguration settings, HubKind? kind, string? endpoint, TimeProvider clock, Func<string, long> freeBytes, Action<HubPause>? onPause = null)
    {
        (_clock, _freeBytes) = (clock, freeBytes);
        _options = HubOptions.Of(settings);
        Kind = kind ?? KindOf(settings["SLIPWAY_HUB"]) ?? _options.Kind;
        _http = new HubHttp(HubEndpoint.Of(Kind, endpoint, settings), _options, clock);
        _retry = new HubRetry(_options, clock, onPause ?? (_ => { }));
        _hub = Kind == HubKind.HuggingFace ? new HuggingFaceHub(_http, _retry) : new ModelScopeHub(_http, _retry);
        Folder = HubShelf.FolderOf(settings);
        _shelf = new HubShelf(settings, Kind);
        _store = new ModelStore(Folder);
        _locks = new RepositoryLock(Folder, clock);
    }

    public HubKind Kind { get; }

    /// <summary>The hub's host and port, for what is told.</summary>
    public string Host => _http.Endpoint.Host;

    /// <summary>Where pulled models lie.</summary>
    public string Folder { get; }

    public void Dispose() => _http.Dispose();

    /// <summary>What was pulled by that name, from this hub before others; null when it was not. No hub is asked.</summary>
    public PulledModel? Find(HubName name) => _shelf.Find(name);

    /// <summary>All that was pulled, and what broken pulls left.</summary>
    public IReadOnlyList<PulledModel> List() => _store.List();

    /// <summary>All that the pulled models take, each file once.</summary>
    public long BytesOnDisk() => !Directory.Exists(Folder) ? 0
        : new DirectoryInfo(Folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>Asks the hub what there is and chooses.</summary>
    /// <param name="name">What is wanted.</param>
    /// <param name="files">Files by their paths; with none, the name's selector chooses.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="HubException">It is not there, or must not be taken.</exception>
    public async Task<HubPlan> PlanAsync(HubName name, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var listing = await _hub.ListAsync(name, RevisionOf(name), cancellationToken);
        var choice = files.Count > 0 ? FileSelection.Named(listing.Files, name, files) : FileSelection.Choose(listing.Files, name);
        HubJson.CheckTotal(choice.Files, _options);
        return new HubPlan(name, listing, choice);
    }

    /// <summary>Brings what a plan names into the store. What is there already is not asked for again; what was begun goes on.</summary>
    /// <param name="plan">From this library.</param>
    /// <param name="progress">Told how many bytes are there.</param>
    /// <param name="onWait">Called when another process pulls the same, and this one waits for it.</param>
    /// <param name="cancellationToken">Stops it; what came is kept for the next time.</param>
    /// <exception cref="HubException">It cannot be had; the message tells what is to be done.</exception>
    public async Task<PulledModel> PullAsync(HubPlan plan, IProgress<long>? progress, Action onWait, CancellationToken cancellationToken)
    {
        await using var held = await _locks.TakeAsync(LockOf(plan.Name), onWait, cancellationToken);
        var folder = _store.FolderOf(Kind, plan.Name, plan.Commit);
        var known = (_store.Read(Kind, plan.Name, plan.Commit)?.Files ?? []).ToDictionary(file => file.Path, StringComparer.Ordinal);
        var there = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in plan.Files)
        {
            var path = Path.Combine(folder, file.Path);
            var isKnown = known.TryGetValue(file.Path, out var stored) && stored.Sha256 == file.Sha256;
            // Files that came whole in a pull that broke later are in no manifest; to read one is quicker than to fetch it.
            if (ModelStore.LengthOf(path) == file.Size && (isKnown || await FileDigest.IsSameAsync(path, file, cancellationToken)))
            {
                there.Add(path);
            }
        }
        await FetchAsync(plan, folder, there, progress, cancellationToken);
        return _store.Keep_NeedsLock(Kind, plan.Name, _http.Endpoint.Url.GetLeftPart(UriPartial.Path), plan.Commit, plan.Choice, _clock.GetUtcNow());
    }

    /// <summary>The same into a folder of the user's. What lies there by the same name must be the same, or is replaced where that is allowed.</summary>
    /// <returns>What is loaded: a file or the folder.</returns>
    public async Task<string> PullIntoAsync(
        HubPlan plan, string folder, bool replaces, IProgress<long>? progress, Action onWait, CancellationToken cancellationToken)
    {
        var home = Path.GetFullPath(folder);
        Directory.CreateDirectory(home);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home)))[..32];
        await using var held = await _locks.TakeAsync("into-" + digest, onWait, cancellationToken);
        var same = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in plan.Files)
        {
            var path = InsideFolder.Find(home, file.Path) ?? throw new HubException($"'{RemotePath.Shown(file.Path)}' would leave '{home}' by a link there.");
            if (File.Exists(path) && await FileDigest.IsSameAsync(path, file, cancellationToken))
            {
                same.Add(path);
            }
            else if (Path.Exists(path) && !replaces)
            {
                throw new HubException($"'{path}' is there and is another file; --yes replaces it.");
            }
        }
        await FetchAsync(plan, home, same, progress, cancellationToken);
        return plan.Choice.Main is { } main ? Path.Combine(home, main) : home;
    }

    /// <summary>Takes away what was pulled by that name, from every hub; without a selector and a revision, all of the repository.</summary>
    /// <returns>Bytes that became free; null when there was nothing.</returns>
    /// <exception cref="HubException">It is being pulled.</exception>
    public long? Remove(HubName name)
    {
        using var held = _locks.TryTake(LockOf(name))
            ?? throw new HubException($"'{name.Repository}' is being pulled by another process; end that one first.");
        var freed = Enum.GetValues<HubKind>().Select(hub => _store.Remove_NeedsLock(hub, name)).Where(bytes => bytes is not null).ToList();
        return freed.Count == 0 ? null : freed.Sum();
    }

    /// <exception cref="ArgumentException">There is no such hub.</exception>
    public static HubKind? KindOf(string? text) => text?.Trim().ToLowerInvariant() switch
    {
        null or "" => null,
        "huggingface" or "hf" => HubKind.HuggingFace,
        "modelscope" or "ms" => HubKind.ModelScope,
        _ => throw new ArgumentException($"'{RemotePath.Shown(text)}' is no hub; accepted are huggingface and modelscope."),
    };

    private string RevisionOf(HubName name) => name.Revision ?? _hub.UsualRevision;

    // File systems that do not tell capitals apart would give two repositories one folder; they get one lock.
    private static string LockOf(HubName name) => $"{name.Owner}--{name.Name}".ToLowerInvariant();

    private async Task FetchAsync(
        HubPlan plan, string folder, HashSet<string> whole, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        OwnedFolder.MakePrivate(folder);
        var there = 0L;
        void Advance(long bytes) => progress?.Report(Interlocked.Add(ref there, bytes));
        var missing = plan.Files.Where(file => !whole.Contains(Path.Combine(folder, file.Path))).ToList();
        Advance(plan.Bytes - missing.Sum(file => file.Size));
        CheckRoom(folder, missing);
        var download = new FileDownload(_http, _retry, _options);
        foreach (var file in missing)
        {
            var path = InsideFolder.Find(folder, file.Path) ?? throw new HubException($"'{RemotePath.Shown(file.Path)}' would leave '{folder}' by a link there.");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var request = new HubRequest(_hub.AddressOf(plan.Name, RevisionOf(plan.Name), plan.Listing, file), plan.Name, file.Path);
            await download.FetchAsync(request, file, path, Advance, cancellationToken);
        }
    }

    /// <exception cref="HubException">The disk has too little.</exception>
    private void CheckRoom(string folder, List<RemoteFile> missing)
    {
        var needed = missing.Sum(file => file.Size - DiskUse.Of(Path.Combine(folder, file.Path) + PartFile.Ending));
        var free = _freeBytes(folder);
        if (needed > free)
        {
            throw new HubException($"This needs {needed:N0} bytes more, and the disk of '{folder}' has {free:N0} free; 'slipway models pulled' shows what could go.");
        }
    }
}
