using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Quantization;

/// <summary>Whether a file may be written where it is wanted, asked before hours of work and not after.</summary>
internal static class OutputPlace
{
    /// <exception cref="ArgumentException">It would replace its own input.</exception>
    /// <exception cref="IOException">There is no such folder, a folder is in the way, or the disk has not enough room.</exception>
    public static void Check(GgufFile source, string output, long bytes)
    {
        if (source.PartPaths.Any(part => IsSame(part, output)))
        {
            throw new ArgumentException($"'{output}' is the model to read; write the new one under another name.");
        }
        if (Directory.Exists(output))
        {
            throw new IOException($"'{output}' is a folder; wanted is the name of a file.");
        }
        var folder = Path.GetDirectoryName(Path.GetFullPath(output))!;
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder '{folder}' to write into.");
        }
        CheckRoom(output, bytes, FreeBytes(folder));
    }

    /// <param name="output">For the message.</param>
    /// <param name="bytes">Wanted.</param>
    /// <param name="free">Null where the system does not say.</param>
    internal static void CheckRoom(string output, long bytes, long? free)
    {
        if (free < bytes)
        {
            throw new IOException(FormattableString.Invariant($"'{output}' needs {bytes:N0} bytes; the disk has {free:N0} left."));
        }
    }

    private static long? FreeBytes(string folder)
    {
        try
        {
            // Unix asks about any folder, Windows about the drive.
            return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder)! : folder).AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return null; // A network share, for one.
        }
    }

    private static bool IsSame(string input, string output) => string.Equals(
        Resolve(input), Resolve(output), OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static string Resolve(string path) =>
        (File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName : null) ?? Path.GetFullPath(path);
}
