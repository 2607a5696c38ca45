namespace Slipway.Server.Platform.Hub.Downloads;

/// <summary>What of a begun file stands on the disk already, as its journal has it.</summary>
internal static class DiskUse
{
    /// <summary>0 where nothing was begun.</summary>
    public static long Of(string part) =>
        new FileInfo(part) is { Exists: true, Length: var size } ? PartJournal.DoneOf(part + PartJournal.Ending, size) : 0;
}
