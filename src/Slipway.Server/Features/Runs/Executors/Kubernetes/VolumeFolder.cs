namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>
/// An attempt's folder on the volume that the pod and this host both see. The pod writes there as it likes: nothing that it leaves is
/// followed, and nothing of this server's own lies there.
/// </summary>
internal sealed class VolumeFolder(string hostPath, Launch launch)
{
    private const int MostFiles = 1_000_000;
    private const string PartSuffix = ".slipway-part";

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = 0 };

    private string Folder => Path.Combine(hostPath, launch.Name);

    /// <summary>Puts the inputs there, before the pod can be.</summary>
    public async Task StageAsync(IReadOnlyList<InputFile> inputs, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(Folder, Launch.OutputName));
        foreach (var input in inputs)
        {
            var target = Path.Combine(Folder, input.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            if (!IsSame(input.Source, target))
            {
                // Two starts at once may stage the same file.
                await CopyAsync(input.Source, target, $"{target}.{Guid.NewGuid():N}{PartSuffix}", cancellationToken);
            }
        }
    }

    /// <summary>Brings the output back; called again, only what is missing.</summary>
    /// <exception cref="IOException">It is larger than <paramref name="maxBytes"/>, or cannot be copied.</exception>
    public async Task FetchAsync(long maxBytes, CancellationToken cancellationToken)
    {
        var root = new DirectoryInfo(Path.Combine(Folder, Launch.OutputName));
        if (!IsPlain(root, FileAttributes.Directory))
        {
            return;
        }
        var (bytes, files) = (0L, 0);
        var folders = new Stack<DirectoryInfo>([root]);
        while (folders.TryPop(out var folder))
        {
            foreach (var entry in folder.EnumerateFileSystemInfos("*", Everything))
            {
                if (entry is DirectoryInfo below && IsPlain(below, FileAttributes.Directory))
                {
                    folders.Push(below);
                }
                else if (entry is FileInfo file && IsPlain(file, 0))
                {
                    bytes += file.Length;
                    if (bytes > maxBytes || ++files > MostFiles)
                    {
                        throw new IOException(
                            $"The output of {launch.Name} is larger than {maxBytes} bytes or {MostFiles} files: the rest stays on the "
                            + "volume. Training:Kubernetes:MaxOutputBytes allows more.");
                    }
                    await FetchAsync(root, file, cancellationToken);
                }
            }
        }
    }

    /// <summary>Links in it are removed, not followed.</summary>
    public void Delete()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private async Task FetchAsync(DirectoryInfo root, FileInfo file, CancellationToken cancellationToken)
    {
        var target = Path.Combine(launch.OutputFolder, Path.GetRelativePath(root.FullName, file.FullName));
        if (!IsSame(file.FullName, target))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await CopyAsync(file.FullName, target, target + PartSuffix, cancellationToken);
        }
    }

    // A link, a pipe, a socket or a device is none: opening a pipe would wait for ever.
    private static bool IsPlain(FileSystemInfo entry, FileAttributes kind) =>
        entry.Exists && entry.LinkTarget is null
        && (entry.Attributes & (FileAttributes.ReparsePoint | FileAttributes.Device | FileAttributes.Directory)) == kind
        && (kind == FileAttributes.Directory || UnixKind.IsRegular(entry.FullName));

    private static bool IsSame(string source, string target)
    {
        var (from, to) = (new FileInfo(source), new FileInfo(target));
        return to.Exists && to.LinkTarget is null && from.LinkTarget is null
            && from.Length == to.Length && from.LastWriteTimeUtc == to.LastWriteTimeUtc;
    }

    private static async Task CopyAsync(string source, string target, string part, CancellationToken cancellationToken)
    {
        await using (var from = new FileStream(source, new FileStreamOptions
        {
            Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            BufferSize = 0,
        }))
        await using (var to = new FileStream(part, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        }))
        {
            await from.CopyToAsync(to, 1 << 20, cancellationToken);
            to.Flush(flushToDisk: true);
        }
        File.SetLastWriteTimeUtc(part, File.GetLastWriteTimeUtc(source));
        File.Move(part, target, overwrite: true);
    }
}
