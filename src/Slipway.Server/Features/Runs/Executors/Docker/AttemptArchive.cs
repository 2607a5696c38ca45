using System.Formats.Tar;
using System.Net;

namespace Slipway.Server.Features.Runs.Executors.Docker;

/// <summary>An attempt's folder as a tar, streamed, without what it has printed; the last entry says that nothing is missing.</summary>
/// <param name="launch">Whose folder is read.</param>
/// <param name="owner">Who will own the files in the container.</param>
internal sealed class AttemptArchive(Launch launch, (int User, int Group) owner) : HttpContent
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode = FileMode | UnixFileMode.UserExecute;

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        WriteAsync(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        WriteAsync(stream, cancellationToken);

    private async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        await using var tar = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true);
        await WriteFolderAsync(tar, launch.Folder, "", cancellationToken);
        await tar.WriteEntryAsync(
            Owned(new PaxTarEntry(TarEntryType.RegularFile, ".staged") { Mode = FileMode, DataStream = Stream.Null }), cancellationToken);
    }

    private async Task WriteFolderAsync(TarWriter tar, string folder, string name, CancellationToken cancellationToken)
    {
        foreach (var item in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            var itemName = name + item.Name;
            if (item is DirectoryInfo { LinkTarget: null })
            {
                await tar.WriteEntryAsync(Owned(new PaxTarEntry(TarEntryType.Directory, $"{itemName}/") { Mode = FolderMode }), cancellationToken);
                await WriteFolderAsync(tar, item.FullName, $"{itemName}/", cancellationToken);
            }
            else if (item is FileInfo && itemName != Path.GetFileName(launch.OutputFile))
            {
                await using var file = new FileStream(
                    item.FullName, System.IO.FileMode.Open, FileAccess.Read, FileShare.Read, 128 * 1024, FileOptions.Asynchronous);
                await tar.WriteEntryAsync(
                    Owned(new PaxTarEntry(TarEntryType.RegularFile, itemName) { Mode = FileMode, DataStream = file }), cancellationToken);
            }
        }
    }

    private PaxTarEntry Owned(PaxTarEntry entry)
    {
        (entry.Uid, entry.Gid) = owner;
        return entry;
    }
}
