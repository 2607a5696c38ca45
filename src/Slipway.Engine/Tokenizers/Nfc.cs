using System.Runtime.InteropServices;
using System.Text;

namespace Slipway.Engine.Tokenizers;

/// <summary>
/// Unicode normalisation form C. The runtime's own does nothing where globalization is invariant, as it is here, and
/// tokenizers need it the same on every machine.
/// </summary>
internal static class Nfc
{
    /// <summary>Everything below is a starter that is its own normal form and follows nothing into a composition.</summary>
    private const int FirstOfInterest = 0x300;

    private const int ClassShift = 21; // A character takes 21 bits; its combining class, at most 254, the eight above.
    private const int CharacterMask = (1 << ClassShift) - 1;
    private const int LongestInsertionSort = 32;

    /// <summary>True when the text surely is in form C; false when only <see cref="Normalize"/> can tell.</summary>
    public static bool IsSurelyNormal(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
        {
            return true;
        }

        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value >= FirstOfInterest && NfcTables.NeedsAttention(rune.Value))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The text in form C; lone surrogates become U+FFFD.</summary>
    public static string Normalize(ReadOnlySpan<char> text)
    {
        var characters = new List<int>(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            Decompose(rune.Value, characters);
        }

        var span = CollectionsMarshal.AsSpan(characters);
        Order(span);
        return ToText(span[..Compose(span)]);
    }

    private static void Decompose(int character, List<int> output)
    {
        if (Hangul.TryDecompose(character, out var lead, out var vowel, out var trail))
        {
            output.Add(lead);
            output.Add(vowel);
            if (trail != 0)
            {
                output.Add(trail);
            }
        }
        else if (character >= 0xC0 && NfcTables.TryDecompose(character, out var first, out var second))
        {
            Decompose(first, output); // The second of a decomposition never decomposes; the table's test holds that.
            if (second != 0)
            {
                output.Add(second | (NfcTables.CombiningClass(second) << ClassShift));
            }
        }
        else
        {
            output.Add(character | (NfcTables.CombiningClass(character) << ClassShift));
        }
    }

    /// <summary>Brings each run of combining characters into the order of their classes, equals staying in place.</summary>
    private static void Order(Span<int> characters)
    {
        for (var start = 0; start < characters.Length; start++)
        {
            var end = start;
            while (end < characters.Length && characters[end] >> ClassShift != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                OrderRun(characters[start..end]);
            }

            start = end;
        }
    }

    private static void OrderRun(Span<int> run)
    {
        if (run.Length > LongestInsertionSort)
        {
            // A megabyte of marks on one letter is legal; OrderBy is stable and not quadratic.
            run.ToArray().OrderBy(character => character >> ClassShift).ToArray().CopyTo(run);
            return;
        }

        for (var i = 1; i < run.Length; i++)
        {
            var character = run[i];
            var at = i;
            for (; at > 0 && run[at - 1] >> ClassShift > character >> ClassShift; at--)
            {
                run[at] = run[at - 1];
            }

            run[at] = character;
        }
    }

    /// <summary>
    /// Joins what composes, in place, and returns the new length. A character joins the last starter unless something
    /// between them has class 0 or a class not below its own.
    /// </summary>
    private static int Compose(Span<int> characters)
    {
        var (length, starter, lastClass) = (0, -1, 0);
        foreach (var character in characters)
        {
            var combiningClass = character >> ClassShift;
            var reaches = starter >= 0 && (length == starter + 1 || lastClass < combiningClass);
            if (reaches && TryCompose(characters[starter], character & CharacterMask, out var composed))
            {
                characters[starter] = composed;
                continue;
            }

            if (combiningClass == 0)
            {
                starter = length;
            }

            lastClass = combiningClass;
            characters[length++] = character;
        }

        return length;
    }

    private static bool TryCompose(int first, int second, out int composed) =>
        Hangul.TryCompose(first, second, out composed) || NfcTables.TryCompose(first, second, out composed);

    private static string ToText(ReadOnlySpan<int> characters)
    {
        var text = new StringBuilder(characters.Length);
        Span<char> units = stackalloc char[2];
        foreach (var character in characters)
        {
            text.Append(units[..new Rune(character & CharacterMask).EncodeToUtf16(units)]);
        }

        return text.ToString();
    }
}
