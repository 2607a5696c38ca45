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

    private const byte Undefined = 0;
    private byte[] _blob = new byte[1 << 16];
    private int _blobLength;
    private int[] _starts = new int[1 << 10];
    private int[] _lengths = new int[1 << 10];
    private byte[] _kinds = new byte[1 << 10];
    private int[] _slots = new int[1 << 11]; // id + 1; 0 is free
    private int _indexed;

    /// <summary>The highest id plus one.</summary>
    public int Size { get; private set; }

    /// <summary>The kind of a token; ids that nobody defined are <see cref="TokenKind.Unused"/>.</summary>
    public TokenKind GetKind(int id) => _kinds[id] == Undefined ? TokenKind.Unused : (TokenKind)_kinds[id];

    public ReadOnlySpan<byte> GetBytes(int id) => _blob.AsSpan(_starts[id], _lengths[id]);

    public bool IsDefined(int id) => (uint)id < (uint)Size && _kinds[id] != Undefined;

    /// <summary>Defines a token.</summary>
    /// <param name="id">Not yet defined, 0 to <see cref="MaximumSize"/> - 1.</param>
    /// <param name="bytes">What the token stands for.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="indexed">Whether <see cref="Find"/> is to find it; then no other token of its sort may have the same bytes.</param>
    public void Add(int id, ReadOnlySpan<byte> bytes, TokenKind kind, bool indexed)
    {
        CheckNew(id);
        if (indexed && Find(bytes, kind == TokenKind.Normal) is int other)
        {
            throw new ModelFormatException($"Tokens {other} and {id} are both {Show(bytes)}; every token's text must be its own.");
        }

        GrowTo(id + 1);
        _kinds[id] = (byte)kind;
        Store(id, bytes);
        if (indexed)
        {
            Index(id);
        }
    }

    /// <summary>Gives a defined token new bytes and a new kind.</summary>
    public void Replace(int id, ReadOnlySpan<byte> bytes, TokenKind kind)
    {
        if (Find(bytes, kind == TokenKind.Normal) is int other && other != id)
        {
            throw new ModelFormatException($"Tokens {other} and {id} are both {Show(bytes)}; every token's text must be its own.");
        }

        _kinds[id] = (byte)kind;
        if (!GetBytes(id).SequenceEqual(bytes))
        {
            Store(id, bytes);
            Index(id);
        }
    }

    /// <summary>The indexed token with these bytes, among the normal ones or among all others.</summary>
    public int? Find(ReadOnlySpan<byte> bytes, bool normal)
    {
        var mask = _slots.Length - 1;
        for (var slot = Hash(bytes) & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var id = _slots[slot] - 1;
            if ((_kinds[id] == (byte)TokenKind.Normal) == normal && GetBytes(id).SequenceEqual(bytes))
            {
                return id;
            }
        }

        return null;
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
            throw new ModelFormatException($"Token id {id} is given to {Show(GetBytes(id))} and to another token; every id must be its own.");
        }
    }

    private void GrowTo(int size)
    {
        Size = Math.Max(Size, size);
        if (size > _kinds.Length)
        {
            var capacity = Math.Max(size, _kinds.Length * 2);
            Array.Resize(ref _starts, capacity);
            Array.Resize(ref _lengths, capacity);
            Array.Resize(ref _kinds, capacity);
        }
    }

    private void Store(int id, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _blob.Length - _blobLength)
        {
            Array.Resize(ref _blob, checked((int)Math.Max(_blob.Length * 2L, (long)_blobLength + bytes.Length)));
        }

        bytes.CopyTo(_blob.AsSpan(_blobLength));
        (_starts[id], _lengths[id]) = (_blobLength, bytes.Length);
        _blobLength += bytes.Length;
    }

    private void Index(int id)
    {
        if (++_indexed > _slots.Length / 2)
        {
            var old = _slots;
            _slots = new int[old.Length * 2];
            foreach (var entry in old)
            {
                if (entry != 0)
                {
                    Place(entry);
                }
            }
        }

        Place(id + 1);
    }

    private void Place(int entry)
    {
        var mask = _slots.Length - 1;
        var slot = Hash(GetBytes(entry - 1)) & mask;
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & mask;
        }

        _slots[slot] = entry;
    }

    /// <summary>Seeded per process by the runtime, so that a file cannot be made to collide.</summary>
    private static int Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = string.GetHashCode(MemoryMarshal.Cast<byte, char>(bytes));
        return (bytes.Length & 1) == 0 ? hash : (hash * 31) + bytes[^1];
    }
}
