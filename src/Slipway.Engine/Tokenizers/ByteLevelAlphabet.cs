using System.Runtime.CompilerServices;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// The alphabet in which byte-level vocabularies are written: one printable character per byte.
/// Bytes that print stand for themselves; the other 68 take U+0100 to U+0143 in order.
/// </summary>
internal static class ByteLevelAlphabet
{
    private const int None = -1;
    private static readonly short[] ByteOf = MakeByteOf();
    private static readonly char[] CharacterOf = MakeCharacterOf();
    private static readonly byte[] Order = [.. Enumerable.Range(0, 256).Select(value => (byte)value).OrderBy(value => CharacterOf[value])];

    /// <summary>All bytes in the order of their characters: those that print, then the others. Vocabularies number them so.</summary>
    public static ReadOnlySpan<byte> BytesInOrder => Order;

    /// <summary>Writes bytes in the alphabet: a character for each.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => string.Create(bytes.Length, bytes, static (characters, source) =>
    {
        for (var i = 0; i < source.Length; i++)
        {
            characters[i] = CharacterOf[source[i]];
        }
    });

    /// <summary>Turns UTF-8 text of the alphabet into the bytes it stands for; false when a character is outside the alphabet.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="bytes">At least as long as <paramref name="text"/>.</param>
    /// <param name="written">Bytes written; undefined when false is returned.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)] // Hot while loading, before tiering would act.
    public static bool TryDecode(ReadOnlySpan<byte> text, Span<byte> bytes, out int written)
    {
        written = 0;
        for (var i = 0; i < text.Length; i++)
        {
            int character = text[i];
            if (character >= 0x80)
            {
                // The whole alphabet lies below U+0800: two bytes at most.
                if ((character & 0xE0) != 0xC0 || i + 1 >= text.Length || (text[i + 1] & 0xC0) != 0x80)
                {
                    return false;
                }

                character = ((character & 0x1F) << 6) | (text[++i] & 0x3F);
            }

            if (character >= ByteOf.Length || ByteOf[character] == None)
            {
                return false;
            }

            bytes[written++] = (byte)ByteOf[character];
        }

        return true;
    }

    private static short[] MakeByteOf()
    {
        var byteOf = new short[0x144];
        Array.Fill(byteOf, (short)None);
        var next = 0x100;
        for (short value = 0; value < 256; value++)
        {
            var prints = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            byteOf[prints ? value : next++] = value;
        }

        return byteOf;
    }

    private static char[] MakeCharacterOf()
    {
        var characterOf = new char[256];
        for (var character = 0; character < ByteOf.Length; character++)
        {
            if (ByteOf[character] != None)
            {
                characterOf[ByteOf[character]] = (char)character;
            }
        }

        return characterOf;
    }
}
