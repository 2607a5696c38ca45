using System.Text;

namespace Slipway.Engine.Tests.Tokenizers;

/// <summary>Seeded text of the kinds that tokenizers stumble over.</summary>
internal static class RandomText
{
    private static readonly string[] Fragments =
    [
        " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u3000", "\u2028", "\u0085", "'s", "'LL", "'re", "'", "the", " hello", "12", "345",
        "½", "٣", "e\u0301", "\u1100\u1161\u11A8", "\u212B", "\u0344", "\u0958\u031B", "模型", "한", "🚀", "👨‍👩‍👧", "𠮷", "𝟘", "!!", "…", "<|im_",
        "aaaaaaaaa",
    ];

    /// <summary>Valid Unicode: fragments and single characters from all planes in use.</summary>
    public static string Any(Random random, int parts)
    {
        var text = new StringBuilder();
        for (var i = 0; i < parts; i++)
        {
            _ = random.Next(3) switch
            {
                0 => text.Append(new Rune(Scalar(random, random.Next(2) == 0 ? 0x3000 : 0x30000))),
                1 => text.Append((char)random.Next(32, 127)),
                _ => text.Append(Fragments[random.Next(Fragments.Length)]),
            };
        }

        return text.ToString();
    }

    /// <summary>Characters of the basic plane only, where a regex over UTF-16 units and one over characters agree.</summary>
    public static string BasicPlane(Random random, int parts)
    {
        var text = Any(random, parts).Where(unit => !char.IsSurrogate(unit) && unit != '\u017F');
        return string.Concat(text);
    }

    private static int Scalar(Random random, int below)
    {
        var value = random.Next(below);
        return value is >= 0xD800 and < 0xE000 ? value - 0xD800 : value;
    }
}
