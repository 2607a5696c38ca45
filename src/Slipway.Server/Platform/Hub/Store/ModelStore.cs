using System.Text.Json;
using Slipway.Server.Platform.Files;
using IoPath = System.IO.Path;

namespace Slipway.Server.Platform.Hub.Store;

/// <summary>
/// Where pulled models lie: <c>HUB/OWNER/NAME/COMMIT/NAME/</c>, so that a folder is called as its model is, with
/// <c>COMMIT.json</c> beside the commit's folder. A model is there once the json says so, and that is written when all its files are.
/// </summary>
internal sealed class ModelStore(string root)
{
    private const int LongestManifest = 16 << 20;

    /// <summary>The newest one that meets a wish, in the given order of hubs.</summary>
    public PulledModel? Find(HubName name, IEnumerable<HubKind> hubs) => hubs
        .SelectMany(hub => ManifestsOf(hub, name.Owner, name.Name)).Select(stored => Meeting(stored, name)).FirstOrDefault(found => found is not null);

    public IReadOnlyList<PulledModel> List() =>
    [
        .. from repository in Repositories()
           from model in Whole(repository).Concat(Unfinished(repository))
           orderby model.Name, model.PulledAt
           select model,
    ];

    public string FolderOf(HubKind hub, HubName name, string commit) => IoPath.Combine(CommitFolder(hub, name, commit), name.Name);

    /// <summary>Bytes of a file, or of what a link leads to; -1 where there is none.</summary>
    public static long LengthOf(string path) => File.Exists(path) ? new FileInfo(InsideFolder.TargetOf(path)).Length : -1;

    /// <summary>What a commit's manifest says; null where nothing of it came whole.</summary>
    public StoredModel? Read(HubKind hub, HubName name, string commit) => ReadManifest(ManifestOf(hub, name, commit));

    /// <summary>Adds a met wish and its files. The lock of the repository is held.</summary>
    public PulledModel Keep_NeedsLock(HubKind hub, HubName name, string source, string commit, FileChoice choice, DateTimeOffset now)
    {
        var before = Read(hub, name, commit);
        var pull = new StoredPull(name.Selector, name.Revision, choice.Main, [.. choice.Files.Select(file => file.Path)], now);
        var stored = new StoredModel
        {
            Hub = hub,
            Repository = name.Repository,
            Commit = commit,
            Source = source,
            Files = [.. (before?.Files ?? []).Concat(choice.Files.Select(file => new StoredFile(file.Path, file.Size, file.Sha256))).DistinctBy(file => file.Path)],
            Pulls = [.. (before?.Pulls ?? []).Where(other => !IsSameWish(other, name)), pull],
        };
        Write(stored, name);
        return ToModel(stored, pull);
    }

    /// <summary>Takes away what was pulled by that name; without a selector, all of the repository. The lock is held.</summary>
    /// <returns>Bytes that became free; null when there was nothing.</returns>
    public long? Remove_NeedsLock(HubKind hub, HubName name)
    {
        var folder = RepositoryFolder(hub, name.Owner, name.Name);
        if (!Directory.Exists(folder))
        {
            return null;
        }
        if (name.Selector is null && name.Revision is null)
        {
            var bytes = SizeOf(folder);
            foreach (var manifest in Directory.EnumerateFiles(folder, "*.json"))
            {
                File.Delete(manifest); // First: what is half gone is not there.
            }
            Directory.Delete(folder, recursive: true);
            DeleteIfEmpty(IoPath.GetDirectoryName(folder)!);
            return bytes;
        }
        long? freed = null;
        foreach (var stored in ManifestsOf(hub, name.Owner, name.Name).ToList())
        {
            var gone = stored.Pulls.Where(pull => IsMet(pull, stored, name)).ToList();
            freed = gone.Count == 0 ? freed : (freed ?? 0) + Remove(stored, name, gone);
        }
        return freed;
    }

    private long Remove(StoredModel stored, HubName name, List<StoredPull> gone)
    {
        var pulls = stored.Pulls.Except(gone).ToList();
        var kept = pulls.SelectMany(pull => pull.Files).ToHashSet(StringComparer.Ordinal);
        var folder = FolderOf(stored.Hub, name, stored.Commit);
        var files = stored.Files.Where(file => !kept.Contains(file.Path)).ToList();
        if (pulls.Count == 0)
        {
            File.Delete(ManifestOf(stored.Hub, name, stored.Commit));
        }
        else
        {
            Write(stored with { Files = [.. stored.Files.Except(files)], Pulls = pulls }, name);
        }
        foreach (var file in files)
        {
            File.Delete(IoPath.Combine(folder, file.Path));
        }
        if (pulls.Count == 0 && CommitFolder(stored.Hub, name, stored.Commit) is var commit && Directory.Exists(commit))
        {
            Directory.Delete(commit, recursive: true);
        }
        return files.Sum(file => file.Size);
    }

    private PulledModel? Meeting(StoredModel stored, HubName name) =>
        stored.Pulls.OrderByDescending(pull => IsSameWish(pull, name)).ThenByDescending(pull => pull.PulledAt)
            .Where(pull => IsMet(pull, stored, name) && IsWhole(stored, pull)).Select(pull => ToModel(stored, pull)).FirstOrDefault();

    /// <summary>Whether all its files are still there: what somebody has taken away is pulled again, not loaded in pieces.</summary>
    private bool IsWhole(StoredModel stored, StoredPull pull)
    {
        var folder = FolderOf(stored.Hub, HubName.Parse(stored.Repository), stored.Commit);
        var sizes = stored.Files.ToDictionary(file => file.Path, file => file.Size, StringComparer.Ordinal);
        return pull.Files.All(path => sizes.TryGetValue(path, out var size) && LengthOf(IoPath.Combine(folder, path)) == size);
    }

    /// <summary>The same words, or a wish for what this one brought: any of it, its file, its format, its commit.</summary>
    private static bool IsMet(StoredPull pull, StoredModel stored, HubName name) =>
        IsSameWish(pull, name)
        || ((name.Revision is null || name.Revision == pull.Revision || name.Revision == stored.Commit)
            && (name.Selector is null || name.Selector.Equals(pull.Selector, StringComparison.OrdinalIgnoreCase)
                || (pull.Main is null ? name.Selector.Equals(FileSelection.Folder, StringComparison.OrdinalIgnoreCase) : IsCalled(pull, name.Selector))));

    private static bool IsCalled(StoredPull pull, string selector) =>
        pull.Files.Any(file => file == selector || RemotePath.NameOf(file).Equals(selector, StringComparison.OrdinalIgnoreCase))
        || GgufGroups.Of([new RemoteFile(pull.Main!, 0, null)]).Any(group => selector.Equals(group.Format, StringComparison.OrdinalIgnoreCase));

    private static bool IsSameWish(StoredPull pull, HubName name) =>
        string.Equals(pull.Selector, name.Selector, StringComparison.OrdinalIgnoreCase) && pull.Revision == name.Revision;

    private PulledModel ToModel(StoredModel stored, StoredPull pull)
    {
        var name = HubName.Parse(stored.Repository);
        var folder = FolderOf(stored.Hub, name, stored.Commit);
        return new PulledModel
        {
            Hub = stored.Hub,
            Name = (name with { Selector = pull.Selector, Revision = pull.Revision }).ToString(),
            Commit = stored.Commit,
            Path = pull.Main is null ? folder : IoPath.Combine(folder, pull.Main),
            Bytes = stored.Files.Where(file => pull.Files.Contains(file.Path)).Sum(file => file.Size),
            PulledAt = pull.PulledAt,
            Source = stored.Source,
        };
    }

    private IEnumerable<(HubKind Hub, string Owner, string Name)> Repositories() =>
        from hub in Enum.GetValues<HubKind>()
        let home = IoPath.Combine(root, FolderOf(hub))
        where Directory.Exists(home)
        from owner in Directory.EnumerateDirectories(home)
        from name in Directory.EnumerateDirectories(owner)
        where HubName.TryParse($"{IoPath.GetFileName(owner)}/{IoPath.GetFileName(name)}") is not null
        select (hub, IoPath.GetFileName(owner), IoPath.GetFileName(name));

    private IEnumerable<PulledModel> Whole((HubKind Hub, string Owner, string Name) repository) =>
        from stored in ManifestsOf(repository.Hub, repository.Owner, repository.Name)
        from pull in stored.Pulls
        select ToModel(stored, pull);

    /// <summary>What broken pulls left: it takes room, and the next pull goes on from it.</summary>
    private IEnumerable<PulledModel> Unfinished((HubKind Hub, string Owner, string Name) repository)
    {
        var folder = RepositoryFolder(repository.Hub, repository.Owner, repository.Name);
        return from commit in Directory.EnumerateDirectories(folder)
               let known = (ReadManifest(commit + ".json")?.Files ?? [])
                   .Select(file => IoPath.Combine(commit, repository.Name, file.Path)).ToHashSet(StringComparer.Ordinal)
               let bytes = FilesIn(commit).Where(file => !known.Contains(file.FullName)).Sum(file => file.Length)
               where bytes > 0
               select new PulledModel
               {
                   Hub = repository.Hub,
                   Name = $"{repository.Owner}/{repository.Name}",
                   Commit = IoPath.GetFileName(commit),
                   Bytes = bytes,
               };
    }

    private IEnumerable<StoredModel> ManifestsOf(HubKind hub, string owner, string name)
    {
        var folder = RepositoryFolder(hub, owner, name);
        return !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder, "*.json").Select(ReadManifest)
            .Where(stored => stored is not null && stored.Hub == hub && stored.Repository == $"{owner}/{name}").Select(stored => stored!)
            .OrderByDescending(stored => stored.Pulls.Max(pull => pull.PulledAt));
    }

    /// <summary>Null for what is no manifest: somebody's own file, or one of a newer version.</summary>
    private static StoredModel? ReadManifest(string path)
    {
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: <= LongestManifest })
            {
                return null;
            }
            var stored = JsonSerializer.Deserialize(File.ReadAllBytes(path), StoreJson.Default.StoredModel);
            return stored is { Files: not null, Pulls.Count: > 0 } && stored.Commit == IoPath.GetFileNameWithoutExtension(path)
                && stored.Files.All(file => RemotePath.IsSafe(file.Path)) && stored.Pulls.All(pull => pull.Main is null || RemotePath.IsSafe(pull.Main))
                ? stored : null;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void Write(StoredModel stored, HubName name)
    {
        var path = ManifestOf(stored.Hub, name, stored.Commit);
        var draft = $"{path}.{Guid.NewGuid():N}";
        File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(stored, StoreJson.Default.StoredModel));
        File.Move(draft, path, overwrite: true);
        FolderSync.Flush(IoPath.GetDirectoryName(path)!);
    }

    private string ManifestOf(HubKind hub, HubName name, string commit) => CommitFolder(hub, name, commit) + ".json";

    private string CommitFolder(HubKind hub, HubName name, string commit) => IoPath.Combine(RepositoryFolder(hub, name.Owner, name.Name), commit);

    private string RepositoryFolder(HubKind hub, string owner, string name) => IoPath.Combine(root, FolderOf(hub), owner, name);

    private static string FolderOf(HubKind hub) => hub == HubKind.HuggingFace ? "huggingface" : "modelscope";

    private static IEnumerable<FileInfo> FilesIn(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories);

    private static long SizeOf(string folder) => FilesIn(folder).Sum(file => file.Length);

    private static void DeleteIfEmpty(string folder)
    {
        if (!Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }
    }
}
