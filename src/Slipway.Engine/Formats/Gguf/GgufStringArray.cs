using System.Buffers.Binary;
using System.Text;

namespace Slipway.Engine.Formats.Gguf;

/// <summary>A list of strings as it lies in the mapped file: nothing is copied until asked for. Valid while the file is open.</summary>
public sealed unsafe class GgufStringArray
{
    private readonly byte* _start;

    internal GgufStringArray(byte* start, int count)
    {
        _start = start;
        Count = count;
    }

    public int Count { get; }

    public Enumerator GetEnumerator() => new(_start, Count);

    /// <summary>All strings, copied.</summary>
    public string[] ToArray()
    {
        var strings = new string[Count];
        var i = 0;
        foreach (var utf8 in this)
        {
            strings[i++] = Encoding.UTF8.GetString(utf8);
        }
        return strings;
    }

    /// <summary>Walks the strings; each is a span of UTF-8.</summary>
    public ref struct Enumerator
    {
        private byte* _next;
        private int _left;

        internal Enumerator(byte* start, int count)
        {
            _next = start;
            _left = count;
        }

        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>The lengths were checked when the file was opened.</summary>
        public bool MoveNext()
        {
            if (_left-- == 0)
            {
                return false;
            }
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(new ReadOnlySpan<byte>(_next, 8));
            Current = new ReadOnlySpan<byte>(_next + 8, length);
            _next += 8 + length;
            return true;
        }
    }
}
