using System.Runtime.InteropServices;

namespace Slipway.Engine.Training.Checkpoints;

/// <summary>
/// Makes the names in a folder survive a power cut. Syncing a file makes its content durable, but that it is called so, and
/// that a rename happened, is content of the folder, and .NET has no call for that.
/// </summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0;
    private const int InvalidArgument = 22; // EINVAL: some network file systems cannot sync a folder; nothing more can be done there.

    /// <summary>Returns when the folder's entries are on the disk. Does nothing on Windows, which journals them.</summary>
    /// <exception cref="IOException">The folder cannot be opened or the disk reports a fault.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }
        var descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            throw Fault(folder);
        }
        try
        {
            if (Sync(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
            {
                throw Fault(folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Fault(string folder) =>
        new($"The folder '{folder}' cannot be synced to the disk: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
