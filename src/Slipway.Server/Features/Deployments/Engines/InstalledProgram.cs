namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>Looks for programs as a shell would. Looked up each time: what was installed meanwhile is found.</summary>
internal static class InstalledProgram
{
    private static readonly string[] Pythons = ["python3", "python"];
    private static readonly string[] PackageFolders = ["site-packages", "dist-packages"];

    private static IEnumerable<string> Folders =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    /// <param name="program">A name, or a path.</param>
    /// <returns>The path of an executable file; null where there is none.</returns>
    public static string? Find(string program) =>
        program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? Path.GetFullPath(program) is var path && IsExecutable(path) ? path : null
            : Folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(IsExecutable);

    /// <summary>The first Python of the PATH whose own packages hold the module; null where none does.</summary>
    public static string? FindPythonWith(string module) => (
        from folder in Folders
        from name in Pythons
        let python = Path.Combine(folder, name)
        where IsExecutable(python) && HasModule(folder, module)
        select python).FirstOrDefault();

    // Beside the folder of its programs an environment has lib/python3.12/site-packages, Debian's own has lib/python3/dist-packages.
    private static bool HasModule(string folder, string module)
    {
        try
        {
            var library = Path.GetFullPath(Path.Combine(folder, "..", "lib"));
            return Directory.Exists(library) && Directory.EnumerateDirectories(library, "python3*")
                .SelectMany(_ => PackageFolders, Path.Combine)
                .Any(packages => Directory.Exists(Path.Combine(packages, module)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Any) != 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
