using System.Collections;

namespace Slipway.Engine.Tokenizers;

/// <summary>Look-ups over the generated lists. Made when the first text beyond U+02FF comes; about 200 KB.</summary>
internal static partial class NfcTables
{
    private const int Planes = 0x30000; // Nothing above has a class or a decomposition.
    private static readonly Dictionary<int, (int First, int Second)> DecompositionOf = MakeDecompositions();
    private static readonly Dictionary<(int First, int Second), int> CompositionOf = MakeCompositions();
    private static readonly Dictionary<int, byte> ClassOf = MakeClasses();
    private static readonly BitArray Attention = MakeAttention();

    /// <summary>Whether a character can make a text other than its own form C: it moves, decomposes or joins backwards.</summary>
    public static bool NeedsAttention(int character) => character < Planes && Attention[character];

    /// <summary>0 for a starter, else 1 to 254.</summary>
    public static int CombiningClass(int character) => ClassOf.GetValueOrDefault(character);

    /// <summary>One step of canonical decomposition; <paramref name="second"/> is 0 for a singleton.</summary>
    public static bool TryDecompose(int character, out int first, out int second)
    {
        var found = DecompositionOf.TryGetValue(character, out var pair);
        (first, second) = pair;
        return found;
    }

    public static bool TryCompose(int first, int second, out int composed) => CompositionOf.TryGetValue((first, second), out composed);

    private static Dictionary<int, (int First, int Second)> MakeDecompositions()
    {
        var decompositions = new Dictionary<int, (int First, int Second)>();
        foreach (var triples in (int[][])[[.. Compositions], [.. DecompositionsOnly]])
        {
            for (var i = 0; i < triples.Length; i += 3)
            {
                decompositions.Add(triples[i], (triples[i + 1], triples[i + 2]));
            }
        }

        return decompositions;
    }

    private static Dictionary<(int First, int Second), int> MakeCompositions()
    {
        var compositions = new Dictionary<(int First, int Second), int>();
        var triples = Compositions;
        for (var i = 0; i < triples.Length; i += 3)
        {
            compositions.Add((triples[i + 1], triples[i + 2]), triples[i]);
        }

        return compositions;
    }

    private static Dictionary<int, byte> MakeClasses()
    {
        var classes = new Dictionary<int, byte>();
        var triples = CombiningClasses;
        for (var i = 0; i < triples.Length; i += 3)
        {
            for (var character = triples[i]; character <= triples[i + 1]; character++)
            {
                classes.Add(character, (byte)triples[i + 2]);
            }
        }

        return classes;
    }

    private static BitArray MakeAttention()
    {
        var attention = new BitArray(Planes);
        foreach (var character in ClassOf.Keys)
        {
            attention[character] = true;
        }

        for (var i = 0; i < DecompositionsOnly.Length; i += 3)
        {
            attention[DecompositionsOnly[i]] = true;
        }

        for (var i = 0; i < Compositions.Length; i += 3)
        {
            attention[Compositions[i + 2]] = true;
        }

        for (var character = 0x1100; character < 0x1200; character++)
        {
            attention[character] = Hangul.JoinsBackwards(character);
        }

        return attention;
    }
}
