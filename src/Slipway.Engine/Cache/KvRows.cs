using Slipway.Engine.Formats;

namespace Slipway.Engine.Cache;

/// <summary>
/// How the keys and the values of one head lie in a block of 32 tokens: the only code that knows a <see cref="KvFormat"/>.
/// Rows are stored one by one, each without regard to the others, and read a whole block at a time, as singles: keys
/// [head length][32], so that one vector holds the same dimension of neighbouring keys, values [32][head length].
/// </summary>
internal abstract unsafe class KvRows(int headLength)
{
    /// <summary>Values per head.</summary>
    public int HeadLength => headLength;

    /// <summary>Bytes that the keys of 32 tokens take; their values take as many.</summary>
    public abstract int ByteSize { get; }

    /// <exception cref="ModelFormatException">The format does not take heads of this length.</exception>
    public static KvRows Create(KvFormat format, int headLength) => format switch
    {
        KvFormat.F16 => new KvRowsF16(headLength),
        KvFormat.Q8 when headLength % KvRowsQ8.Group == 0 => new KvRowsQ8(headLength),
        KvFormat.Q8 => throw new ModelFormatException(
            $"The model has heads of {headLength} values; keys and values in {format.Name()} need a multiple of {KvRowsQ8.Group}. {KvFormat.F16.Name()} takes them."),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "There is no such format."),
    };

    /// <summary>Puts the key of a token, [head length], into its block.</summary>
    /// <param name="key">[head length].</param>
    /// <param name="keys">The block's keys.</param>
    /// <param name="token">0 to 31.</param>
    public abstract void StoreKey(float* key, byte* keys, int token);

    /// <summary>Puts the value of a token, [head length], into its block.</summary>
    /// <param name="value">[head length].</param>
    /// <param name="values">The block's values.</param>
    /// <param name="token">0 to 31.</param>
    public abstract void StoreValue(float* value, byte* values, int token);

    /// <summary>Reads a block's keys as singles, [head length][32].</summary>
    public abstract void WidenKeys(byte* keys, float* target);

    /// <summary>Reads a block's values as singles, [32][head length].</summary>
    public abstract void WidenValues(byte* values, float* target);
}
