namespace Slipway.Server.Features.Datasets.Files;

/// <summary>What an operating system's error says.</summary>
internal static class DiskFaults
{
    private const int WindowsHeld = unchecked((int)0x80070020);
    private const int WindowsFull = unchecked((int)0x80070070);
    private const int WindowsExists = unchecked((int)0x80070050);
    private const int LinuxHeld = 11;
    private const int Exists = 17;
    private const int MacHeld = 35;
    private const int FileTooBig = 27;
    private const int NoSpace = 28;
    private const int LinuxQuota = 122;
    private const int MacQuota = 69;

    /// <summary>Somebody else has the file open, or made it a moment ago.</summary>
    public static bool IsHeld(IOException exception) =>
        exception.HResult is WindowsHeld or WindowsExists or LinuxHeld or MacHeld or Exists;

    /// <summary>The disk or the share of it that we may use is full, or takes no files of that size.</summary>
    public static bool IsFull(IOException exception) =>
        exception.HResult is WindowsFull or FileTooBig or NoSpace or LinuxQuota or MacQuota;
}
