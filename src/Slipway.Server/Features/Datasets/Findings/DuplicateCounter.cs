using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Slipway.Server.Features.Datasets.Findings;

/// <summary>
/// Counts records that were there before, exactly up to <see cref="MostKept"/> different ones. Beyond, only those whose
/// hash ends in a zero bit are kept, then in two, and so on: a fair sample, of which each kept record was counted from the
/// first on. So memory has a bound, and the estimate gets no bias from the order of the file.
/// </summary>
internal sealed class DuplicateCounter
{
    public const int MostKept = 1 << 18;

    private readonly Dictionary<ulong, int> _counts = [];
    private int _zeroBits;

    public bool IsExact => _zeroBits == 0;

    public long Duplicates => _counts.Values.Sum(count => count - 1L) << _zeroBits;

    public void Add(ReadOnlySpan<byte> record)
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(record, bytes);
        var hash = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        if (!IsKept(hash))
        {
            return;
        }
        _counts[hash] = _counts.GetValueOrDefault(hash) + 1;
        while (_counts.Count > MostKept)
        {
            _zeroBits++;
            foreach (var other in _counts.Keys.Where(other => !IsKept(other)).ToList())
            {
                _counts.Remove(other);
            }
        }
    }

    private bool IsKept(ulong hash) => (hash & ((1UL << _zeroBits) - 1)) == 0;
}
