using System.Runtime.InteropServices;

namespace Slipway.Server.Processes;

/// <summary>What .NET has no word for. Linux only.</summary>
internal static partial class SystemCalls
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    private const int AlreadyExists = 17; // EEXIST
    private const int NoSuchProcess = 3; // ESRCH
    private const int OpenDescriptor = 434; // pidfd_open, the same number on all architectures
    private const int SendSignal = 424; // pidfd_send_signal

    private const int DoNotWait = 0x800; // O_NONBLOCK: the name may have become a pipe
    private const int NotInherited = 0x80000; // O_CLOEXEC

    /// <summary>O_NOFOLLOW, which is not the same number everywhere.</summary>
    private static readonly int NoLinks = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86 ? 0x20000 : 0x8000;

    /// <summary>
    /// Fills <paramref name="buffer"/> from the file's beginning. Returns how much there was, or -1 when there is no such file,
    /// it cannot be read, or a link stands in its place.
    /// </summary>
    public static int Read(string path, Span<byte> buffer)
    {
        var descriptor = Open(path, NoLinks | DoNotWait | NotInherited);
        if (descriptor < 0)
        {
            return -1;
        }
        var length = 0;
        nint count = 1;
        while (length < buffer.Length && count > 0)
        {
            count = Read(descriptor, ref MemoryMarshal.GetReference(buffer[length..]), (nuint)(buffer.Length - length));
            length += (int)Math.Max(count, 0);
        }
        _ = Close(descriptor);
        return count < 0 ? -1 : length;
    }

    /// <summary>Makes a folder that only we may enter; false when there is something of that name.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static bool TryCreateFolder(string path)
    {
        const int OnlyOwner = 0b111_000_000;
        if (MakeFolder(path, OnlyOwner) == 0)
        {
            return true;
        }
        return Marshal.GetLastPInvokeError() == AlreadyExists
            ? false
            : throw new IOException($"The folder '{path}' cannot be made: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>Signals the process that had <paramref name="process"/>'s number at its start time, and no later owner of the number.</summary>
    public static void Signal(ProcessId process, int signal)
    {
        var descriptor = (int)Call(OpenDescriptor, process.Pid, 0, 0, 0);
        if (descriptor < 0)
        {
            // Too old a kernel, or forbidden to containers: between the look and the signal the number could change hands.
            if (Marshal.GetLastPInvokeError() != NoSuchProcess && process.IsAlive)
            {
                _ = Send(process.Pid, signal);
            }
            return;
        }
        if (process.IsAlive)
        {
            _ = Call(SendSignal, descriptor, signal, 0, 0);
        }
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int descriptor, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFolder(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Send(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint first, nint second, nint third, nint fourth);
}
