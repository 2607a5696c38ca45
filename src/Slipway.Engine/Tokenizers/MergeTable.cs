using System.Runtime.CompilerServices;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// From a pair of neighbouring tokens to the merge that joins them. A merge is one number, rank above result,
/// so that the smaller of two merges is the one to do first.
/// </summary>
/// <param name="capacity">How many merges are expected.</param>
internal sealed class MergeTable(int capacity)
{
    /// <summary>The pair does not merge; larger than every merge.</summary>
    public const ulong None = ulong.MaxValue;

    private Slot[] _slots = new Slot[SlotCount.For(Math.Max(capacity, 512))];

    /// <summary>How many merges there are; the next one's rank.</summary>
    public int Count { get; private set; }

    public static int RankOf(ulong merge) => (int)(merge >> 32);

    public static int ResultOf(ulong merge) => (int)(uint)merge;

    /// <summary>Adds a merge that comes after all others; a pair that is already there keeps its first rank.</summary>
    public void Add(int left, int right, int result)
    {
        if (Count >= SlotCount.Most(_slots.Length))
        {
            Grow();
        }

        ref var slot = ref _slots[SlotOf(KeyOf(left, right))];
        if (slot.Key == 0)
        {
            slot = new Slot { Key = KeyOf(left, right), Merge = ((ulong)(uint)Count << 32) | (uint)result };
            Count++;
        }
    }

    /// <summary>The merge of a pair, or <see cref="None"/>.</summary>
    public ulong Find(int left, int right)
    {
        ref readonly var slot = ref _slots[SlotOf(KeyOf(left, right))];
        return slot.Key == 0 ? None : slot.Merge;
    }

    /// <summary>All pairs, the one that is joined first in front, and what they become.</summary>
    public IEnumerable<(int Left, int Right, int Result)> InOrder() => _slots
        .Where(slot => slot.Key != 0)
        .OrderBy(slot => slot.Merge)
        .Select(slot => ((int)((slot.Key - 1) >> 32), (int)(uint)(slot.Key - 1), ResultOf(slot.Merge)));

    private void Grow()
    {
        var old = _slots;
        _slots = new Slot[old.Length * 2];
        foreach (var slot in old)
        {
            if (slot.Key != 0)
            {
                _slots[SlotOf(slot.Key)] = slot;
            }
        }
    }

    /// <summary>Where a pair is, or the free slot where it would be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Hot while loading, before tiering would act.
    private int SlotOf(ulong key)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var index = Hash(key) & mask;
        while (slots[index].Key != 0 && slots[index].Key != key)
        {
            index = (index + 1) & mask;
        }

        return index;
    }

    /// <summary>Never 0, which marks a free slot: ids are far below 2^31, and missing tokens (-1) are never looked up.</summary>
    private static ulong KeyOf(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) + 1;

    /// <summary>Seeded per process by the runtime, so that a file cannot be made to collide.</summary>
    private static int Hash(ulong key) => HashCode.Combine((int)(key >> 32), (int)key);

    private struct Slot
    {
        public ulong Key;
        public ulong Merge;
    }
}
