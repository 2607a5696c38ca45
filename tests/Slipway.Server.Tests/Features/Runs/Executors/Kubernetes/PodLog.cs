using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>
/// A container's log as its runtime keeps it: pieces of lines with a stamp each, cut at 16 KiB. Read as the node's agent does: pieces
/// before the asked second are left out, and a stamp stands where a line begins.
/// </summary>
internal sealed class PodLog
{
    private const int LongestPiece = 16 << 10;

    private readonly Lock _lock = new();
    private readonly List<Piece> _pieces = [];
    private int _cutAt;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isClosed;

    private sealed record Piece(DateTimeOffset At, byte[] Content, bool IsWhole);

    /// <summary>After so many bytes of a followed stream its connection is cut, once.</summary>
    public long? CutFollowAfter { get; set; }

    /// <summary>Reads one of the process's streams to its end.</summary>
    public async Task TakeAsync(Stream stream)
    {
        var line = new MemoryStream();
        var buffer = new byte[8 << 10];
        for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
        {
            foreach (var one in buffer.AsSpan(0, read))
            {
                if (one == '\n' || line.Length == LongestPiece)
                {
                    Add(line, isWhole: one == '\n');
                }
                if (one != '\n')
                {
                    line.WriteByte(one);
                }
            }
        }
        if (line.Length > 0)
        {
            Add(line, isWhole: false);
        }
    }

    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _changed.TrySetResult();
        }
    }

    /// <summary>The node has begun a new file: a plain read no longer gives what came before, a follower is not disturbed.</summary>
    public void Rotate()
    {
        lock (_lock)
        {
            _cutAt = _pieces.Count;
        }
    }

    public async Task WriteAsync(HttpContext http, bool follow, DateTimeOffset since, bool withStamps)
    {
        var (isNewLine, sent) = (true, 0L);
        for (var next = Start(); ;)
        {
            var (pieces, isClosed, changed) = From(next);
            using var batch = new MemoryStream();
            foreach (var piece in pieces.Where(piece => piece.At >= since))
            {
                if (isNewLine && withStamps)
                {
                    batch.Write(Encoding.ASCII.GetBytes(piece.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture) + " "));
                }
                batch.Write(piece.Content);
                isNewLine = piece.IsWhole;
                if (piece.IsWhole)
                {
                    batch.WriteByte((byte)'\n');
                }
            }
            if (follow && CutFollowAfter is { } limit && sent + batch.Length > limit)
            {
                CutFollowAfter = null;
                await http.Response.Body.WriteAsync(batch.ToArray().AsMemory(0, (int)(limit - sent)), http.RequestAborted);
                await http.Response.Body.FlushAsync(http.RequestAborted);
                http.Abort();
                return;
            }
            await http.Response.Body.WriteAsync(batch.ToArray(), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            (next, sent) = (next + pieces.Count, sent + batch.Length);
            if (!follow || isClosed)
            {
                return;
            }
            await changed.WaitAsync(http.RequestAborted);
        }
    }

    private int Start()
    {
        lock (_lock)
        {
            return _cutAt;
        }
    }

    private (List<Piece> Pieces, bool IsClosed, Task Changed) From(int index)
    {
        lock (_lock)
        {
            return (_pieces.GetRange(index, _pieces.Count - index), _isClosed, _changed.Task);
        }
    }

    private void Add(MemoryStream line, bool isWhole)
    {
        lock (_lock)
        {
            _pieces.Add(new Piece(DateTimeOffset.UtcNow, line.ToArray(), isWhole));
            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        line.SetLength(0);
    }
}
