namespace Slipway.Engine.Tests.Formats;

/// <summary>A file name of its own that is gone after the test.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(byte[]? content = null)
    {
        if (content is not null)
        {
            File.WriteAllBytes(Path, content);
        }
    }

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"slipway-{Guid.NewGuid():N}.gguf");

    public void Dispose() => File.Delete(Path);
}
