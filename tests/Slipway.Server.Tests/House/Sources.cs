namespace Slipway.Server.Tests.House;

/// <summary>The files of the checkout that these tests stand in.</summary>
internal static class Sources
{
    public static string Root { get; } = FindRoot();

    /// <summary>All C# files under src and tests, with paths relative to the root.</summary>
    public static IEnumerable<(string Path, string[] Lines)> CSharp(string folder = "") =>
        from top in new[] { "src", "tests" }
        from file in Directory.EnumerateFiles(Path.Combine(Root, top), "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(Root, file).Replace('\\', '/')
        where path.StartsWith(folder, StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal)
        select (path, File.ReadAllLines(file));

    public static IEnumerable<string> Projects() =>
        from top in new[] { "src", "tests", "examples", "bench" }
        from file in Directory.EnumerateFiles(Path.Combine(Root, top), "*.csproj", SearchOption.AllDirectories)
        select Path.GetRelativePath(Root, file).Replace('\\', '/');

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Slipway.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not run inside a checkout.");
        }
        return folder.FullName;
    }
}
