namespace Slipway.Server.Serving;

/// <summary>Where a model's weights are.</summary>
/// <param name="Path">Absolute path of a file.</param>
internal sealed record ModelSource(string Path)
{
    public string FileName => System.IO.Path.GetFileNameWithoutExtension(Path);
}
