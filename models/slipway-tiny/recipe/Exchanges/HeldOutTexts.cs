using System.Text;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Exchanges;

/// <summary>Every text that only the evaluation may use. Texts that differ in case, spaces or punctuation alone count as the same.</summary>
internal sealed class HeldOutTexts
{
    private readonly HashSet<string> _texts = [];

    public static HeldOutTexts Of(World world)
    {
        var texts = new HeldOutTexts();
        foreach (var entry in world.Entries)
        {
            foreach (var language in Languages.All)
            {
                texts.Add(entry[language].HeldOut);
                texts.Add(FramedQuestions.Of(entry, language, world.Frames).HeldOut);
            }
        }
        foreach (var language in Languages.All)
        {
            texts.Add(world.Conversation.Name[language].Recall.HeldOut);
            texts.Add(world.Conversation.Liking[language].Recall.HeldOut);
        }
        return texts;
    }

    public void Add(IEnumerable<string> texts) => _texts.UnionWith(texts.Select(Normalise));

    public void Add(string text) => _texts.Add(Normalise(text));

    public bool Holds(string text) => _texts.Contains(Normalise(text));

    /// <summary>Letters and digits in lower case; signs of arithmetic stay, or 4 + 7 would be 4 - 7.</summary>
    public static string Normalise(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var c in text.Normalize(NormalizationForm.FormKC))
        {
            if (char.IsLetterOrDigit(c) || "+-−*×÷/#".Contains(c, StringComparison.Ordinal))
            {
                kept.Append(char.ToLowerInvariant(c));
            }
        }
        return kept.Length > 0 ? kept.ToString() : text;
    }
}
