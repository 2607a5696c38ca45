using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Server.Platform.Files;

/// <summary>
/// Files that are written past the system's cache, straight from our memory to the disk: of a long file the copy into the cache is
/// the dearest part of the work, and it drives out what others read. Linux, and not on every file system.
/// </summary>
internal static partial class DirectFile
{
    /// <summary>What a write's offset, length and address in memory have to be multiples of.</summary>
    public const int Alignment = 4096;

    private const int WriteOnly = 0x1;
    private const int NotInherited = 0x80000; // O_CLOEXEC

    /// <summary>O_DIRECT and O_NOFOLLOW; 0 where their numbers are not known.</summary>
    private static readonly int Direct = !OperatingSystem.IsLinux() ? 0 : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000 | 0x20000,
        Architecture.Arm64 => 0x10000 | 0x8000,
        _ => 0,
    };

    /// <summary>A second way to write to a file that is there; null where its file system has none.</summary>
    public static SafeFileHandle? TryOpen(string path)
    {
        if (Direct == 0)
        {
            return null;
        }
        var descriptor = Open(path, Direct | WriteOnly | NotInherited);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Writes what can be written so: whole multiples of <see cref="Alignment"/>. Returns how many bytes; the rest is for the usual way.</summary>
    /// <exception cref="IOException">The disk does not take it. Nothing is lost when the same is written the usual way, which tells why.</exception>
    public static unsafe int Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        var length = bytes.Length & -Alignment;
        fixed (byte* address = bytes)
        {
            if (length == 0 || offset % Alignment != 0 || (nuint)address % Alignment != 0)
            {
                return 0;
            }
            RandomAccess.Write(file, bytes[..length], offset);
        }
        return length;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
