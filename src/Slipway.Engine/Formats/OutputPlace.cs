namespace Slipway.Engine.Formats;

/// <summary>Whether a file may be written where it is wanted, asked before hours of work and not after.</summary>
internal static class OutputPlace
{
    /// <param name="inputs">Files that are read.</param>
    /// <param name="output">The file wanted.</param>
    /// <param name="overwrites">Whether another file may be replaced.</param>
    /// <exception cref="ArgumentException">It would replace its own input.</exception>
    /// <exception cref="IOException">There is no such folder, or something is in the way.</exception>
    public static void Check(IEnumerable<string> inputs, string output, bool overwrites)
    {
        RequireOther(inputs, output);
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

    /// <exception cref="ArgumentException">The output is one of the inputs, by whatever name.</exception>
    public static void RequireOther(IEnumerable<string> inputs, string output)
    {
        if (inputs.Any(input => IsSame(input, output)))
        {
            throw new ArgumentException($"'{output}' is a file of the model to read; write the new one under another name.");
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

    /// <summary>The path without links, be they the file itself or folders above it.</summary>
    private static string Resolve(string path)
    {
        var full = Path.GetFullPath(path);
        if (Path.GetDirectoryName(full) is not { } folder)
        {
            return full;
        }
        var plain = Path.Combine(Resolve(folder), Path.GetFileName(full));
        FileSystemInfo? target = File.Exists(plain) ? File.ResolveLinkTarget(plain, returnFinalTarget: true)
            : Directory.Exists(plain) ? Directory.ResolveLinkTarget(plain, returnFinalTarget: true)
            : null;
        return target is null ? plain : Resolve(target.FullName);
    }
}
