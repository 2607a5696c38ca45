namespace Slipway.Server.Features.Deployments.Engines;

/// <summary>Looks for programs as a shell would. Looked up each time: what was installed meanwhile is found.</summary>
internal static class InstalledProgram
{
    private static readonly string[] Pythons = ["python3", "python"];
    private static readonly string[] PackageFolders = ["site-packages", "dist-packages"];

    private static string OurPath => Environment.GetEnvironmentVariable("PATH") ?? "";

    /// <param name="program">A name, or a path.</param>
    /// <returns>The path of an executable file; null where there is none.</returns>
    public static string? Find(string program) => Find(program, OurPath);

    /// <summary>The first Python of the PATH whose own packages hold the module; null where none does.</summary>
    public static string? FindPythonWith(string module) => FindPythonWith(module, OurPath);

    internal static string? Find(string program, string folders) =>
        program.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? Path.GetFullPath(program) is var path && IsExecutable(path) ? path : null
            : Split(folders).Select(folder => Path.Combine(folder, program)).FirstOrDefault(IsExecutable);

    internal static string? FindPythonWith(string module, string folders) => (
        from folder in Split(folders)
        from name in Pythons
        let python = Path.Combine(folder, name)
        where IsExecutable(python) && HasModule(folder, module)
        select python).FirstOrDefault();

    private static string[] Split(string folders) => folders.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

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
