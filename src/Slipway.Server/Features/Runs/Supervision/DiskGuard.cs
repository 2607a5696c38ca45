using System.Collections.Concurrent;
using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>
/// Stops a run that fills the disk before everything else on it is harmed. Where the disk is nearly full whoever filled it, only
/// those are stopped that go on writing.
/// </summary>
internal sealed class DiskGuard(IOptions<TrainingOptions> options, RunFolders folders, TimeProvider clock)
{
    /// <summary>What a run that writes nothing but its log may still add to a full disk.</summary>
    private const long Unharmful = 1 << 20;

    private const int TimesLonger = 10;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, Finding> _found = new(StringComparer.Ordinal);

    /// <summary>Why the attempt in this folder has to end; null when it may go on, or was looked at a moment ago.</summary>
    public string? Complaint(string folder)
    {
        var now = clock.GetTimestamp();
        var last = _found.GetValueOrDefault(folder);
        if (last is not null && clock.GetElapsedTime(last.At, now) < last.Rest)
        {
            return null;
        }
        var free = new DriveInfo(folders.Root).AvailableFreeSpace;
        var isLow = free < options.Value.MinFreeBytes;
        var size = isLow || options.Value.MaxRunBytes is not null ? SizeOf(folder) : 0;
        // Folders with very many files are looked at less often.
        var took = clock.GetElapsedTime(now) * TimesLonger;
        var lowSince = isLow ? last?.SizeWhenLow ?? size : (long?)null;
        _found[folder] = new Finding(clock.GetTimestamp(), took > Pace ? took : Pace, lowSince);
        return size > options.Value.MaxRunBytes
            ? $"it has written {size >> 20} MiB, and Training:MaxRunBytes allows {options.Value.MaxRunBytes >> 20} MiB"
            : size - lowSince > Unharmful
            ? $"it goes on writing where only {free >> 20} MiB are free on the disk of the data folder, and Training:MinFreeBytes keeps {options.Value.MinFreeBytes >> 20} MiB"
            : null;
    }

    public void Forget(string folder) => _found.TryRemove(folder, out _);

    /// <summary>
    /// Log and output; the data are other names of files that were there before. What a run makes while it is looked at may vanish
    /// again; links are not followed.
    /// </summary>
    private static long SizeOf(string folder)
    {
        var sum = 0L;
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles().Concat(Below(Path.Combine(folder, Launch.OutputName))))
            {
                sum += SizeOf(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A run may remove its own folder: it holds nothing then.
        }
        return sum;
    }

    private static IEnumerable<FileInfo> Below(string output)
    {
        var everything = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return new DirectoryInfo(output) is { Exists: true, LinkTarget: null } folder ? folder.EnumerateFiles("*", everything) : [];
    }

    private static long SizeOf(FileInfo file)
    {
        try
        {
            return file.LinkTarget is null ? file.Length : 0;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <param name="At">When it was looked at,</param>
    /// <param name="Rest">and how long that is good for.</param>
    /// <param name="SizeWhenLow">What it had written when the disk was first seen to be nearly full; null while it is not.</param>
    private sealed record Finding(long At, TimeSpan Rest, long? SizeWhenLow);
}
