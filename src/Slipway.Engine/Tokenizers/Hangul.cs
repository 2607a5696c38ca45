namespace Slipway.Engine.Tokenizers;

/// <summary>Korean syllables, which compose by arithmetic: (lead × 21 + vowel) × 28 + trail.</summary>
internal static class Hangul
{
    private const int Syllables = 0xAC00;
    private const int Leads = 0x1100;
    private const int Vowels = 0x1161;
    private const int Trails = 0x11A7; // One before the first: trail 0 is no trail.
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    /// <summary>Takes a syllable apart; <paramref name="trail"/> is 0 where there is none.</summary>
    public static bool TryDecompose(int character, out int lead, out int vowel, out int trail)
    {
        var index = character - Syllables;
        (lead, vowel, trail) = (0, 0, 0);
        if (index is < 0 or >= LeadCount * VowelCount * TrailCount)
        {
            return false;
        }

        lead = Leads + (index / (VowelCount * TrailCount));
        vowel = Vowels + (index / TrailCount % VowelCount);
        trail = index % TrailCount == 0 ? 0 : Trails + (index % TrailCount);
        return true;
    }

    public static bool TryCompose(int first, int second, out int composed)
    {
        composed = 0;
        if (first is >= Leads and < Leads + LeadCount && second is >= Vowels and < Vowels + VowelCount)
        {
            composed = Syllables + ((((first - Leads) * VowelCount) + second - Vowels) * TrailCount);
            return true;
        }

        var endsInVowel = first is >= Syllables and < Syllables + (LeadCount * VowelCount * TrailCount)
            && (first - Syllables) % TrailCount == 0;
        if (endsInVowel && second is > Trails and < Trails + TrailCount)
        {
            composed = first + second - Trails;
            return true;
        }

        return false;
    }

    /// <summary>Whether a character may join the one before it into a syllable.</summary>
    public static bool JoinsBackwards(int character) =>
        character is (>= Vowels and < Vowels + VowelCount) or (> Trails and < Trails + TrailCount);
}
