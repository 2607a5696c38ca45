using System.Text;
using Slipway.Server.Features.Runs.Logs;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>An attempt's output in a folder of its own.</summary>
internal sealed class OutputFolder : IDisposable
{
    public OutputFolder() => Folder = Directory.CreateTempSubdirectory("slipway-log-").FullName;

    public string Folder { get; }

    public string Output => Path.Combine(Folder, "output.log");

    public string Index => LogIndex.PathOf(Output);

    public OutputFolder With(string text) => With(Encoding.UTF8.GetBytes(text));

    public OutputFolder With(ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(Output, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.Write(bytes);
        return this;
    }

    /// <summary>Follows the output to its end, once.</summary>
    public OutputFolder Indexed(bool isEnded = false)
    {
        using var indexer = LogIndexer.Open(Output);
        indexer.Advance(sink: null, long.MaxValue, TestContext.Current.CancellationToken);
        if (isEnded)
        {
            indexer.Finish(sink: null, TestContext.Current.CancellationToken);
        }
        return this;
    }

    public LogReader Read(bool isEnded = false) => LogReader.Open(Output, isEnded, TimeProvider.System);

    /// <summary>All lines, as people see them.</summary>
    public string[] Texts(bool isEnded = false)
    {
        using var reader = Read(isEnded);
        return [.. reader.Page(0, All).Lines.Select(line => line.Text)];
    }

    public static LogQuery All => new() { Limit = int.MaxValue, Budget = TimeSpan.FromMinutes(10), MaxCharacters = int.MaxValue };

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
