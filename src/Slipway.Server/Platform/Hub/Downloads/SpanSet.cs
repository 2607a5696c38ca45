using Slipway.Server.Platform.Hub.Protocols;

namespace Slipway.Server.Platform.Hub.Downloads;

/// <summary>Pieces of a file, joined where they touch.</summary>
internal sealed class SpanSet
{
    private readonly SortedList<long, long> _ends = []; // By where they begin.

    public IEnumerable<ByteSpan> All => _ends.Select(span => new ByteSpan(span.Key, span.Value));

    public long Total => _ends.Sum(span => span.Value - span.Key);

    public void Add(ByteSpan span)
    {
        var (from, to) = (span.From, span.To);
        var overlapping = _ends.Where(other => other.Key <= to && other.Value >= from).ToList();
        foreach (var (begin, end) in overlapping)
        {
            _ends.Remove(begin);
            (from, to) = (Math.Min(from, begin), Math.Max(to, end));
        }
        _ends.Add(from, to);
    }

    /// <summary>What is not in it, of a file of <paramref name="size"/> bytes, in pieces of at most <paramref name="most"/>.</summary>
    public List<ByteSpan> Missing(long size, long most)
    {
        var missing = new List<ByteSpan>();
        var at = 0L;
        foreach (var (begin, end) in _ends.Append(KeyValuePair.Create(size, size)))
        {
            for (; at < begin; at = Math.Min(at + most, begin))
            {
                missing.Add(new ByteSpan(at, Math.Min(at + most, begin)));
            }
            at = Math.Max(at, end);
        }
        return missing;
    }
}
