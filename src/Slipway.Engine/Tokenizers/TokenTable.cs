using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slipway.Engine.Formats;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// The bytes and kinds of all tokens, and the way back from bytes to id. One blob and a few flat arrays:
/// a real vocabulary has over 150,000 tokens, and an object for each would cost more than the text.
/// </summary>
internal sealed class TokenTable
{
    /// <summary>Ids end below this. Eight times the largest vocabulary in use, and small enough that a lying file costs little.</summary>
    public const int MaximumSize = 1 << 21;

    private const TokenKind Undefined = 0;
    private const int BytesPerToken = 8; // A little over what real vocabularies have.
    private byte[] _blob;
    private int _blobLength;
    private Entry[] _entries;
    private Slot[] _slots;
    private int _indexed;

    /// <param name="capacity">How many tokens are expected.</param>
    public TokenTable(int capacity)
    {
        capacity = Math.Clamp(capacity, 512, MaximumSize);
        _blob = new byte[capacity * BytesPerToken];
        _entries = new Entry[capacity];
        _slots = new Slot[SlotCount.For(capacity)];
    }

    /// <summary>The highest id plus one.</summary>
    public int Size { get; private set; }

    /// <summary>The kind of a token; ids that nobody defined are <see cref="TokenKind.Unused"/>.</summary>
    public TokenKind GetKind(int id) => _entries[id].Kind is Undefined ? TokenKind.Unused : _entries[id].Kind;

    public ReadOnlySpan<byte> GetBytes(int id) => _blob.AsSpan(_entries[id].Start, _entries[id].Length);

    public bool IsDefined(int id) => (uint)id < (uint)Size && _entries[id].Kind != Undefined;

    /// <summary>Defines a token.</summary>
    /// <param name="id">Not yet defined, 0 to <see cref="MaximumSize"/> - 1.</param>
    /// <param name="bytes">What the token stands for.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="indexed">Whether <see cref="Find"/> is to find it; then no other token of its sort may have the same bytes.</param>
    public void Add(int id, ReadOnlySpan<byte> bytes, TokenKind kind, bool indexed)
    {
        CheckNew(id);
        GrowTo(id + 1);
        Store(id, bytes);
        if (indexed)
        {
            Index(id, bytes, kind == TokenKind.Normal);
        }

        _entries[id].Kind = kind;
        Size = Math.Max(Size, id + 1);
    }

    /// <summary>Gives a defined token new bytes and a new kind.</summary>
    public void Replace(int id, ReadOnlySpan<byte> bytes, TokenKind kind)
    {
        _entries[id].Kind = Undefined; // Not found under its old kind any more.
        Store(id, bytes);
        Index(id, bytes, kind == TokenKind.Normal);
        _entries[id].Kind = kind;
    }

    /// <summary>The indexed token with these bytes, among the normal ones or among all others.</summary>
    public int? Find(ReadOnlySpan<byte> bytes, bool normal)
    {
        var slot = _slots[SlotOf(bytes, Hash(bytes), normal)];
        return slot.IsFree ? null : slot.Id;
    }

    /// <summary>A token's text for a message: quoted, cut to a readable length.</summary>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        const int Longest = 64;
        var text = System.Text.Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, Longest)]);
        return bytes.Length > Longest ? $"'{text}…'" : $"'{text}'";
    }

    private void CheckNew(int id)
    {
        if (id is < 0 or >= MaximumSize)
        {
            throw new ModelFormatException($"Token id {id} is out of range; accepted are 0 to {MaximumSize - 1}.");
        }

        if (IsDefined(id))
        {
            throw new ModelFormatException(
                $"Token id {id} is given to {Show(GetBytes(id))} and to another token; every id must be its own.");
        }
    }

    private void GrowTo(int size)
    {
        if (size > _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(size, _entries.Length * 2));
        }
    }

    private void Store(int id, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _blob.Length - _blobLength)
        {
            Array.Resize(ref _blob, checked((int)Math.Max(_blob.Length * 2L, (long)_blobLength + bytes.Length)));
        }

        bytes.CopyTo(_blob.AsSpan(_blobLength));
        _entries[id] = new Entry { Start = _blobLength, Length = bytes.Length };
        _blobLength += bytes.Length;
    }

    private void Index(int id, ReadOnlySpan<byte> bytes, bool normal)
    {
        if (++_indexed > SlotCount.Most(_slots.Length))
        {
            GrowSlots();
        }

        var hash = Hash(bytes);
        ref var slot = ref _slots[SlotOf(bytes, hash, normal)];
        if (!slot.IsFree)
        {
            throw new ModelFormatException($"Tokens {slot.Id} and {id} are both {Show(bytes)}; every token's text must be its own.");
        }

        slot = new Slot(hash, id);
    }

    private void GrowSlots()
    {
        var old = _slots;
        _slots = new Slot[old.Length * 2];
        var mask = _slots.Length - 1;
        foreach (var slot in old)
        {
            if (!slot.IsFree)
            {
                var index = slot.Hash & mask;
                while (!_slots[index].IsFree)
                {
                    index = (index + 1) & mask;
                }

                _slots[index] = slot;
            }
        }
    }

    /// <summary>Where the token with these bytes is, or the free slot where it would be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Hot while loading, before tiering would act.
    private int SlotOf(ReadOnlySpan<byte> bytes, int hash, bool normal)
    {
        var slots = _slots;
        var mask = slots.Length - 1;
        var index = hash & mask;
        while (!slots[index].IsFree && !(slots[index].Hash == hash && IsAmong(slots[index].Id, normal)
            && GetBytes(slots[index].Id).SequenceEqual(bytes)))
        {
            index = (index + 1) & mask;
        }

        return index;
    }

    private bool IsAmong(int id, bool normal) =>
        _entries[id].Kind is var kind && kind != Undefined && (kind == TokenKind.Normal) == normal;

    /// <summary>Seeded per process by the runtime, so that a file cannot be made to collide.</summary>
    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes));
        return (bytes.Length & 1) == 0 ? hash : (hash * 31) + bytes[^1];
    }

    private struct Entry
    {
        public int Start;
        public int Length;
        public TokenKind Kind;
    }

    /// <summary>The hash is kept, so that a token's bytes are looked at only when they very likely are the ones.</summary>
    private readonly struct Slot(int hash, int id)
    {
        private readonly int _idPlusOne = id + 1;

        public int Hash => hash;

        public int Id => _idPlusOne - 1;

        public bool IsFree => _idPlusOne == 0;
    }
}
