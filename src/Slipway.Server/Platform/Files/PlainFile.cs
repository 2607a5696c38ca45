using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Platform.Files;

/// <summary>
/// Opens files that a run could have replaced with anything: a link to somebody else's file is not followed, and a pipe
/// that nobody writes to does not make the server wait.
/// </summary>
internal static partial class PlainFile
{
    /// <summary>O_NOFOLLOW, O_NONBLOCK and O_CLOEXEC: they differ between systems, and the first one between processors.</summary>
    private static readonly int Flags = OperatingSystem.IsMacOS()
        ? 0x100 | 0x4 | 0x1000000
        : (RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000) | 0x800 | 0x80000;

    /// <summary>For reading, whoever writes to it or has locked it; null when there is no such file, or it is no ordinary one.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        var descriptor = Open(path, Flags);
        if (descriptor < 0)
        {
            return null;
        }
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (IsPlain(file))
        {
            return file;
        }
        file.Dispose();
        return null;
    }

    /// <summary>The same as a stream.</summary>
    public static FileStream? TryOpenStream(string path, int bufferBytes) =>
        TryOpen(path) is { } file ? new FileStream(file, FileAccess.Read, bufferBytes, isAsync: false) : null;

    private static bool IsPlain(SafeFileHandle file)
    {
        try
        {
            _ = RandomAccess.GetLength(file); // A pipe, a socket and a terminal have none.
            Span<byte> one = stackalloc byte[1];
            _ = RandomAccess.Read(file, one, 0); // A folder cannot be read.
            return true;
        }
        catch (Exception exception) when (exception is IOException or NotSupportedException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
