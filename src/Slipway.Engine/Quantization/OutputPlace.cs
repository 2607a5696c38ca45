using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Quantization;

/// <summary>Whether a file may be written where it is wanted, asked before hours of work and not after.</summary>
internal static class OutputPlace
{
    /// <exception cref="ArgumentException">It would replace its own input.</exception>
    /// <exception cref="IOException">There is no such folder, or something is in the way.</exception>
    public static void Check(GgufFile source, string output, bool overwrites)
    {
        if (source.PartPaths.Any(part => IsSame(part, output)))
        {
            throw new ArgumentException($"'{output}' is the model to read; write the new one under another name.");
        }
        if (Directory.Exists(output))
        {
            throw new IOException($"'{output}' is a folder; wanted is the name of a file.");
        }
        if (File.Exists(output) && !overwrites)
        {
            throw new IOException($"'{output}' exists; --force replaces it.");
        }
        if (!Directory.Exists(Folder(output)))
        {
            throw new DirectoryNotFoundException($"There is no folder '{Folder(output)}' to write into.");
        }
    }

    /// <exception cref="IOException">The disk has less.</exception>
    public static void CheckRoom(string output, long bytes) => CheckRoom(output, bytes, FreeBytes(Folder(output)));

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

    private static string Folder(string output) => Path.GetDirectoryName(Path.GetFullPath(output)) ?? output;

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

    private static string Resolve(string path)
    {
        var full = Path.GetFullPath(path);
        return File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
    }
}
