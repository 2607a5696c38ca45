using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Engine.Tokenizers.Training;

/// <summary>
/// All pieces as runs of linked symbols, and where each pair of neighbours stands. Joining a pair touches only the
/// places where it stands, so that the whole training takes time in proportion to the symbols joined.
/// </summary>
internal sealed class PairIndex
{
    private const int None = -1;

    // One entry per byte of the pieces; a symbol is known by the place of its first byte.
    private readonly int[] _symbols;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _pieces;
    private readonly long[] _weights; // of each piece
    private readonly Dictionary<(int Left, int Right), Occurrences> _pairs = [];

    private readonly HashSet<(int Left, int Right)> _grown = []; // Pairs that await their (new) place in the queue.

    // By falling count; equals by rising ids, so that the result never depends on the order of the texts.
    private readonly PriorityQueue<(int Left, int Right), (long Negative, int Left, int Right)> _queue = new();

    /// <param name="pieces">Distinct pieces and how often they occur.</param>
    /// <param name="idOfByte">[256] the token of each byte.</param>
    public PairIndex(IReadOnlyDictionary<string, long> pieces, ReadOnlySpan<int> idOfByte)
    {
        var length = pieces.Keys.Sum(Encoding.UTF8.GetByteCount);
        (_symbols, _next, _previous, _pieces) = (new int[length], new int[length], new int[length], new int[length]);
        _weights = [.. pieces.Values];
        var (place, piece) = (0, 0);
        foreach (var text in pieces.Keys)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            for (var i = 0; i < bytes.Length; i++, place++)
            {
                _symbols[place] = idOfByte[bytes[i]];
                _pieces[place] = piece;
                _previous[place] = i == 0 ? None : place - 1;
                _next[place] = i == bytes.Length - 1 ? None : place + 1;
                Count(_previous[place], place);
            }

            piece++;
        }

        EnqueueGrown();
    }

    /// <summary>Takes the most frequent pair out of the queue; it is to be joined, or left as it is for good.</summary>
    public bool TryTakeMostFrequent(out (int Left, int Right) pair, out long count)
    {
        while (_queue.TryDequeue(out pair, out var priority))
        {
            // Pairs are queued again when their count grows, not when it falls: that is seen here.
            count = _pairs.TryGetValue(pair, out var occurrences) ? occurrences.Count : 0;
            if (count == -priority.Negative)
            {
                return true;
            }

            if (count > 0 && count < -priority.Negative)
            {
                _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
            }
        }

        count = 0;
        return false;
    }

    /// <summary>Writes <paramref name="result"/> wherever the pair stands.</summary>
    public void Join((int Left, int Right) pair, int result)
    {
        _pairs.Remove(pair, out var occurrences);
        foreach (var left in CollectionsMarshal.AsSpan(occurrences!.Places))
        {
            var right = _next[left];
            if (_symbols[left] != pair.Left || right == None || _symbols[right] != pair.Right)
            {
                continue; // An earlier merge took one of the two.
            }

            Forget(_previous[left], left);
            Forget(right, _next[right]);
            _symbols[left] = result;
            _symbols[right] = None;
            _next[left] = _next[right];
            if (_next[left] != None)
            {
                _previous[_next[left]] = left;
            }

            Count(_previous[left], left);
            Count(left, _next[left]);
        }

        EnqueueGrown();
    }

    /// <summary>Counts the pair of two neighbouring places, if both are there.</summary>
    private void Count(int left, int right)
    {
        if (left == None || right == None)
        {
            return;
        }

        var pair = (_symbols[left], _symbols[right]);
        ref var occurrences = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, pair, out _);
        occurrences ??= new Occurrences();
        occurrences.Count += _weights[_pieces[left]];
        occurrences.Places.Add(left);
        _grown.Add(pair);
    }

    private void Forget(int left, int right)
    {
        // The pair that is being joined has been taken out already: in "aaa" it is its own neighbour.
        if (left != None && right != None && _pairs.TryGetValue((_symbols[left], _symbols[right]), out var occurrences))
        {
            occurrences.Count -= _weights[_pieces[left]];
        }
    }

    private void EnqueueGrown()
    {
        foreach (var pair in _grown)
        {
            if (_pairs.TryGetValue(pair, out var occurrences) && occurrences.Count > 0)
            {
                _queue.Enqueue(pair, (-occurrences.Count, pair.Left, pair.Right));
            }
        }

        _grown.Clear();
    }

    private sealed class Occurrences
    {
        public long Count;

        /// <summary>Of the left symbols; some no longer hold the pair.</summary>
        public readonly List<int> Places = [];
    }
}
