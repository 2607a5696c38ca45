using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Platform.Files;

/// <summary>
/// Opens files that a run could have replaced with anything: a link to somebody else's file is not followed, and a pipe
/// that nobody writes to does not make the server wait.
/// </summary>
internal static partial class PlainFile
{
    /// <summary>O_NOFOLLOW differs between systems, and between processors.</summary>
    private static readonly int NoFollow = OperatingSystem.IsMacOS() ? 0x100
        : RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>With O_NONBLOCK and O_CLOEXEC.</summary>
    private static readonly int Flags = NoFollow | (OperatingSystem.IsMacOS() ? 0x4 | 0x1000000 : 0x800 | 0x80000);

    /// <summary>For reading, whoever writes to it or has locked it; null when there is no such file, or it is no ordinary one.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        var descriptor = Open(path, Flags);
        return descriptor < 0 ? null : PlainOrNothing(descriptor);
    }

    /// <summary>
    /// The same for a file below <paramref name="root"/>, where no step of the way may be a link: what lies there is found, and
    /// nothing else, also while somebody exchanges folders for links.
    /// </summary>
    /// <param name="root">A folder of ours; what leads to it is not looked at.</param>
    /// <param name="relative">With slashes; a step of <c>..</c> leads nowhere.</param>
    public static SafeFileHandle? TryOpenInside(string root, string relative)
    {
        var steps = relative.Split('/');
        if (steps.Any(step => step is "" or "." or ".." || step.Contains('\0', StringComparison.Ordinal)))
        {
            return null;
        }
        var place = Open(root, Flags & ~NoFollow);
        foreach (var step in steps)
        {
            if (place < 0)
            {
                return null;
            }
            var next = OpenAt(place, step, Flags);
            _ = Close(place);
            place = next;
        }
        return place < 0 ? null : PlainOrNothing(place);
    }

    /// <inheritdoc cref="TryOpenInside(string, string)"/>
    public static FileStream? TryOpenStreamInside(string root, string relative, int bufferBytes) =>
        TryOpenInside(root, relative) is { } file ? new FileStream(file, FileAccess.Read, bufferBytes, isAsync: false) : null;

    /// <summary>The same as a stream.</summary>
    public static FileStream? TryOpenStream(string path, int bufferBytes) =>
        TryOpen(path) is { } file ? new FileStream(file, FileAccess.Read, bufferBytes, isAsync: false) : null;

    private static SafeFileHandle? PlainOrNothing(int descriptor)
    {
        var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (IsPlain(file))
        {
            return file;
        }
        file.Dispose();
        return null;
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
    private static partial int Open(string path, int flags);

    // Takes more arguments only where it makes a file.
    [LibraryImport("libc", EntryPoint = "openat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(int folder, string name, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
