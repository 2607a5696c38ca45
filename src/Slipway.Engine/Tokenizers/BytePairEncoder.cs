using System.Buffers;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// Byte pair encoding of one piece: begin with a token per byte, then again and again join the neighbouring pair whose
/// merge has the lowest rank, the leftmost of equals first, until no pair merges.
/// </summary>
/// <remarks>
/// Bytes without a token stand as -1 between their neighbours and merge with nobody; they end as the unknown token, or
/// as nothing where the vocabulary has none.
/// </remarks>
internal sealed class BytePairEncoder
{
    /// <summary>Up to here scanning all pairs for each merge beats keeping them in a heap. Ordinary words are shorter.</summary>
    internal const int LongestShortPiece = 48;

    private const int Missing = -1;
    private readonly MergeTable _merges;
    private readonly int[] _tokenOfByte = new int[256];
    private readonly int? _unknownToken;

    public BytePairEncoder(TokenTable tokens, MergeTable merges, int? unknownToken)
    {
        _merges = merges;
        _unknownToken = unknownToken;
        for (var value = 0; value < 256; value++)
        {
            _tokenOfByte[value] = tokens.Find([(byte)value], normal: true) ?? Missing;
        }
    }

    /// <summary>Appends the tokens of a piece. Time grows with n log n of its length; short pieces allocate nothing.</summary>
    public void Encode(ReadOnlySpan<byte> piece, List<int> output)
    {
        if (piece.Length <= LongestShortPiece)
        {
            EncodeShort(piece, output);
        }
        else
        {
            EncodeLong(piece, output);
        }
    }

    private void EncodeShort(ReadOnlySpan<byte> piece, List<int> output)
    {
        Span<int> ids = stackalloc int[LongestShortPiece];
        Span<ulong> merges = stackalloc ulong[LongestShortPiece]; // merges[i] joins ids[i] and ids[i + 1]
        var count = piece.Length;
        for (var i = 0; i < count; i++)
        {
            ids[i] = _tokenOfByte[piece[i]];
        }

        for (var i = 0; i + 1 < count; i++)
        {
            merges[i] = FindMerge(ids[i], ids[i + 1]);
        }

        while (count > 1)
        {
            var best = IndexOfLowest(merges[..(count - 1)]);
            if (merges[best] == MergeTable.None)
            {
                break;
            }

            ids[best] = MergeTable.ResultOf(merges[best]);
            ids[(best + 2)..count].CopyTo(ids[(best + 1)..]);
            merges[(best + 1)..(count - 1)].CopyTo(merges[best..]);
            count--;
            if (best + 1 < count)
            {
                merges[best] = FindMerge(ids[best], ids[best + 1]);
            }

            if (best > 0)
            {
                merges[best - 1] = FindMerge(ids[best - 1], ids[best]);
            }
        }

        foreach (var id in ids[..count])
        {
            Emit(id, output);
        }
    }

    private static int IndexOfLowest(ReadOnlySpan<ulong> merges)
    {
        var best = 0;
        for (var i = 1; i < merges.Length; i++)
        {
            if (merges[i] < merges[best])
            {
                best = i;
            }
        }

        return best;
    }

    private void EncodeLong(ReadOnlySpan<byte> piece, List<int> output)
    {
        var links = ArrayPool<int>.Shared.Rent(checked(piece.Length * 3));
        var merges = ArrayPool<ulong>.Shared.Rent(piece.Length);
        var heap = ArrayPool<ulong>.Shared.Rent(checked(piece.Length * 2));
        try
        {
            var length = piece.Length;
            new Chain(this, links.AsSpan(0, length * 3), merges.AsSpan(0, length), heap).Encode(piece, output);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(links);
            ArrayPool<ulong>.Shared.Return(merges);
            ArrayPool<ulong>.Shared.Return(heap);
        }
    }

    private ulong FindMerge(int left, int right) =>
        left == Missing || right == Missing ? MergeTable.None : _merges.Find(left, right);

    private void Emit(int id, List<int> output)
    {
        if ((id == Missing ? _unknownToken : id) is int token)
        {
            output.Add(token);
        }
    }

    /// <summary>The tokens of a long piece as a doubly linked list over its byte positions, with a heap of possible merges.</summary>
    private ref struct Chain(BytePairEncoder encoder, Span<int> links, Span<ulong> merges, ulong[] heap)
    {
        private const int End = -1;
        private readonly Span<int> _ids = links[..merges.Length];
        private readonly Span<int> _next = links.Slice(merges.Length, merges.Length);
        private readonly Span<int> _previous = links[(2 * merges.Length)..];

        /// <summary>The current merge of the token at a position with its successor; heap entries that differ are stale.</summary>
        private readonly Span<ulong> _merges = merges;

        /// <summary>
        /// Rank above position: the lowest rank comes out first, the leftmost of equals before the others. Two entries per
        /// byte are enough: it starts with less than one, and each merge takes one out and puts at most two in.
        /// </summary>
        private MinHeap _heap = new(heap);

        public void Encode(ReadOnlySpan<byte> piece, List<int> output)
        {
            Fill(piece);
            while (_heap.TryTake(out var entry))
            {
                var position = (int)(uint)entry;
                if (_merges[position] != MergeTable.None && MergeTable.RankOf(_merges[position]) == (int)(entry >> 32))
                {
                    Join(position);
                }
            }

            for (var position = 0; position != End; position = _next[position])
            {
                encoder.Emit(_ids[position], output);
            }
        }

        private void Fill(ReadOnlySpan<byte> piece)
        {
            for (var i = 0; i < piece.Length; i++)
            {
                _ids[i] = encoder._tokenOfByte[piece[i]];
                _next[i] = i + 1 < piece.Length ? i + 1 : End;
                _previous[i] = i - 1;
            }

            for (var i = 0; i < piece.Length; i++)
            {
                Offer(i);
            }
        }

        private void Join(int position)
        {
            var absorbed = _next[position];
            _ids[position] = MergeTable.ResultOf(_merges[position]);
            _merges[absorbed] = MergeTable.None;
            _next[position] = _next[absorbed];
            if (_next[position] != End)
            {
                _previous[_next[position]] = position;
            }

            Offer(position);
            if (_previous[position] != End)
            {
                Offer(_previous[position]);
            }
        }

        private void Offer(int position)
        {
            var next = _next[position];
            var merge = next == End ? MergeTable.None : encoder.FindMerge(_ids[position], _ids[next]);
            _merges[position] = merge;
            if (merge != MergeTable.None)
            {
                _heap.Add(((ulong)(uint)MergeTable.RankOf(merge) << 32) | (uint)position);
            }
        }
    }
}
