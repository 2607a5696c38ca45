using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Platform.Files;

/// <summary>
/// Opens files that a run could have replaced with anything: a link to somebody else's file is not followed, and a pipe
/// that nobody writes to does not make the server wait.
/// </summary>
internal static partial class PlainFile
{
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    /// <summary>O_NOFOLLOW is one of the few flags that differ between processors.</summary>
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>For reading, whoever writes to it meanwhile; null when there is no such file, or it is no ordinary one.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        var file = OperatingSystem.IsLinux() ? OpenOnLinux(path) : OpenElsewhere(path);
        if (file is null || IsPlain(file))
        {
            return file;
        }
        file.Dispose();
        return null;
    }

    /// <summary>The same as a stream.</summary>
    public static FileStream? TryOpenStream(string path, int bufferBytes) =>
        TryOpen(path) is { } file ? new FileStream(file, FileAccess.Read, bufferBytes, isAsync: false) : null;

    private static SafeFileHandle? OpenOnLinux(string path)
    {
        var descriptor = Open(path, NonBlocking | CloseOnExec | NoFollow, 0);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static SafeFileHandle? OpenElsewhere(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget is null
                ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

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
    private static partial int Open(string path, int flags, int mode);
}
