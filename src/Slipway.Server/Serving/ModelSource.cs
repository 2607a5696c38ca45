namespace Slipway.Server.Serving;

/// <summary>Where a model's weights are.</summary>
/// <param name="Path">Absolute path of a file, or of a folder with <c>config.json</c>.</param>
internal sealed record ModelSource(string Path)
{
    private const string Extension = ".gguf";

    public string FileName => NameOf(Path);

    /// <summary>The name of a file without its ending; of a folder all of it, for versions have dots.</summary>
    public static string NameOf(string path)
    {
        var name = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path));
        return name.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? name[..^Extension.Length] : name;
    }
}
