using System.Globalization;
using System.Text;
using Slipway.Server.Platform.Hub.Protocols;

namespace Slipway.Server.Platform.Hub.Downloads;

/// <summary>
/// Which bytes of a file have come, in lines that are appended. A process that dies while it writes one leaves it without an end,
/// and the next one passes it over. What a power failure makes of it is found by the digest.
/// </summary>
internal sealed class PartJournal : IDisposable
{
    public const string Ending = ".journal";

    private const long LongestJournal = 16 << 20;

    private readonly string _path;
    private readonly FileStream _file;
    private string? _etag;

    private PartJournal(string path, FileStream file, SpanSet spans, string? etag) => (_path, _file, Spans, _etag) = (path, file, spans, etag);

    public SpanSet Spans { get; }

    /// <param name="path">Of the journal.</param>
    /// <param name="remote">What is fetched: a journal of something else is not gone on with.</param>
    /// <param name="isThere">Whether there is anything to go on with.</param>
    public static PartJournal Open(string path, RemoteFile remote, bool isThere)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"slipway-part 1 {remote.Size} {remote.Sha256 ?? remote.GitId ?? "-"}");
        var (spans, etag) = isThere ? Read(path, head, remote.Size) : (new SpanSet(), null);
        File.Delete(path);
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var journal = new PartJournal(path, file, spans, etag);
        journal.Write([head, .. etag is null ? Array.Empty<string>() : [$"etag {etag}"], .. spans.All.Select(LineOf)]);
        return journal;
    }

    /// <summary>How many bytes a journal has, whatever it is of.</summary>
    public static long DoneOf(string path, long size) => Read(path, head: null, size).Spans.Total;

    public void Keep(ByteSpan span)
    {
        Spans.Add(span);
        Write([LineOf(span)]);
    }

    public bool Pin(string? etag)
    {
        if (etag is null || etag.Length > 512 || etag.Any(char.IsControl))
        {
            return true;
        }
        if (_etag is null)
        {
            _etag = etag;
            Write([$"etag {etag}"]);
        }
        return _etag == etag;
    }

    public void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    public void Dispose() => _file.Dispose();

    private static string LineOf(ByteSpan span) => string.Create(CultureInfo.InvariantCulture, $"done {span.From} {span.To}");

    private void Write(IEnumerable<string> lines) => _file.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));

    private static (SpanSet Spans, string? Etag) Read(string path, string? head, long size)
    {
        var nothing = (new SpanSet(), (string?)null);
        if (new FileInfo(path) is not { Exists: true, LinkTarget: null, Length: <= LongestJournal })
        {
            return nothing;
        }
        var text = File.ReadAllText(path);
        var lines = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (head is not null && lines.FirstOrDefault() != head)
        {
            return nothing;
        }
        var spans = new SpanSet();
        string? etag = null;
        foreach (var line in lines.Skip(1))
        {
            if (line.StartsWith("etag ", StringComparison.Ordinal))
            {
                etag = line[5..];
            }
            else if (line.Split(' ') is ["done", var first, var end] && long.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from)
                && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var to) && from < to && to <= size)
            {
                spans.Add(new ByteSpan(from, to));
            }
        }
        return (spans, etag);
    }
}
