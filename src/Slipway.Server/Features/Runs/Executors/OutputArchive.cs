using System.Formats.Tar;

namespace Slipway.Server.Features.Runs.Executors;

/// <summary>
/// Unpacks what an attempt has made. The tar's content is the attempt's own and may be hostile: only folders and files arrive,
/// only below the folder, only so many bytes.
/// </summary>
internal static class OutputArchive
{
    private const int MostEntries = 1_000_000;

    /// <summary>Writes the entries below the tar's one root folder into <paramref name="folder"/>, and returns how many it left out.</summary>
    /// <param name="tar">A tar, from its beginning.</param>
    /// <param name="folder">Of this host, and nobody else writes there.</param>
    /// <param name="quota">Bytes.</param>
    /// <param name="cancellationToken">Leaves what is written so far; the next call writes it again.</param>
    /// <exception cref="InvalidDataException">It is larger than the quota, or no tar.</exception>
    public static async Task<int> UnpackAsync(Stream tar, string folder, long quota, CancellationToken cancellationToken)
    {
        await using var reader = new TarReader(tar, leaveOpen: true);
        var (entries, leftOut, left) = (0, 0, quota);
        while (await reader.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (++entries > MostEntries)
            {
                throw new InvalidDataException($"The output folder holds more than {MostEntries} files.");
            }
            if (BelowRoot(entry.Name) is not { } name)
            {
                leftOut++;
            }
            else if (entry.EntryType == TarEntryType.Directory)
            {
                Directory.CreateDirectory(Path.Combine(folder, name));
            }
            else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
            {
                left -= entry.Length;
                if (left < 0)
                {
                    throw new InvalidDataException($"The output folder holds more than {quota} bytes.");
                }
                await WriteAsync(entry, Path.Combine(folder, name), cancellationToken);
            }
            else if (entry.EntryType == TarEntryType.HardLink && BelowRoot(entry.LinkName) is { Length: > 0 } first
                && new FileInfo(Path.Combine(folder, first)) is { Exists: true } source && (left -= source.Length) >= 0)
            {
                // A second name of a file that came before: there is no such thing among artifacts, so it becomes a file.
                Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, name))!);
                source.CopyTo(Path.Combine(folder, name), overwrite: true);
            }
            else
            {
                leftOut++;
            }
        }
        return leftOut;
    }

    /// <summary>The name without its first part; null when it leads elsewhere. Empty for the root itself.</summary>
    internal static string? BelowRoot(string name)
    {
        var parts = name.TrimEnd('/').Split('/');
        return parts.All(part => part is not ("" or "." or "..") && !part.Contains('\0', StringComparison.Ordinal))
            ? string.Join('/', parts.Skip(1))
            : null;
    }

    private static async Task WriteAsync(TarEntry entry, string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await using var file = new FileStream(
            path, FileMode.Create, FileAccess.Write, FileShare.None, 128 * 1024, FileOptions.Asynchronous);
        if (entry.DataStream is { } data)
        {
            await data.CopyToAsync(file, cancellationToken);
        }
    }
}
