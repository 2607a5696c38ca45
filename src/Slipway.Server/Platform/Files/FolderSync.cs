using System.Runtime.InteropServices;

namespace Slipway.Server.Platform.Files;

/// <summary>Makes the names in a folder last: a rename survives a power failure only once the folder is written.</summary>
internal static partial class FolderSync
{
    /// <summary>Where a system or a disk has no such thing, names last as they do there.</summary>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        var descriptor = Open(folder, 0);
        if (descriptor >= 0)
        {
            _ = Sync(descriptor);
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
