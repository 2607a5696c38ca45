using System.Collections.Concurrent;

namespace Slipway.Server.Features.Runs.Supervision;

/// <summary>Stops a run that fills the disk before everything else on it is harmed.</summary>
internal sealed class DiskGuard(IOptions<TrainingOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, long> _lookedAt = new(StringComparer.Ordinal);

    /// <summary>Why the attempt in this folder has to end; null when it may go on, or was looked at a moment ago.</summary>
    public string? Complaint(string folder)
    {
        var now = clock.GetTimestamp();
        if (_lookedAt.TryGetValue(folder, out var last) && clock.GetElapsedTime(last, now) < Pace)
        {
            return null;
        }
        _lookedAt[folder] = now;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        if (free < options.Value.MinFreeBytes)
        {
            return $"only {free >> 20} MiB are free on the disk of the data folder, and Training:MinFreeBytes keeps {options.Value.MinFreeBytes >> 20} MiB";
        }
        return options.Value.MaxRunBytes is { } most && SizeOf(folder) is var size && size > most
            ? $"it has written {size >> 20} MiB, and Training:MaxRunBytes allows {most >> 20} MiB"
            : null;
    }

    public void Forget(string folder) => _lookedAt.TryRemove(folder, out _);

    // Names that a run makes while it is looked at may vanish again; pointers are not followed.
    private static long SizeOf(string folder)
    {
        var everything = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        var sum = 0L;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", everything))
        {
            try
            {
                sum += file.Length;
            }
            catch (IOException)
            {
                // Gone.
            }
        }
        return sum;
    }
}
