using Slipway.Recipe.Exchanges;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Conversations;

/// <summary>Turns that make sense only after others.</summary>
internal sealed class SideTalk(World world, Chance chance)
{
    private const double Composed = 0.8;
    private readonly Dictionary<Language, IReadOnlyList<Comparable>> _comparables =
        Languages.All.ToDictionary(language => language, language => Comparable.Find(world, language));

    /// <summary>Something told and asked for later.</summary>
    public Memory Remember(Language language) =>
        chance.Happens(0.7)
            ? Remember(world.Conversation.Name[language], language, heldOut: false)
            : Remember(world.Conversation.Liking[language], language, heldOut: false);

    public Memory Remember(Remembered words, Language language, bool heldOut)
    {
        var thing = heldOut ? chance.Pick(words.HeldOutThings) : Thing(words);
        var told = new Exchange(Groups.FollowUp, language, Fill(chance.Pick(words.Tell)), Fill(words.Told), Expectation.Text(thing));
        var asked = new Exchange(
            Groups.FollowUp, language, chance.Pick(heldOut ? words.Recall.HeldOut : words.Recall.Ask), Fill(words.Answer), Expectation.Text(thing));
        return new Memory(told, asked);

        string Fill(string text) => text.Replace("{x}", thing, StringComparison.Ordinal);
    }

    /// <summary>Mostly a composed one: only copying what was told answers those.</summary>
    private string Thing(Remembered words)
    {
        while (words.Composed is { } parts && chance.Happens(Composed))
        {
            var thing = chance.Pick(parts.First) + chance.Pick(parts.Second);
            if (!words.HeldOutThings.Contains(thing))
            {
                return thing;
            }
        }
        return chance.Pick(words.Things);
    }

    /// <summary>Asks for something that nobody told.</summary>
    public Exchange AskUntold(Language language)
    {
        var words = chance.Happens(0.7) ? world.Conversation.Name[language] : world.Conversation.Liking[language];
        return new Exchange(Groups.FollowUp, language, chance.Pick(words.Recall.Ask), words.Unknown, Expectation.Text(words.UnknownAccept));
    }

    /// <summary>The answer again, or in the other language; null where neither makes sense.</summary>
    public Exchange? FollowUp(Exchange exchange)
    {
        var words = world.Conversation;
        if (exchange.Entry is { } entry && entry.Group is not Groups.Greetings && chance.Happens(0.6))
        {
            return new Exchange(
                Groups.FollowUp, exchange.Language, chance.Pick(words.Translate[exchange.Language].Ask), entry[exchange.Language.Other()].Answer[0],
                Expectation.Text());
        }
        return Groups.IsTalk(exchange.Group) ? null : new Exchange(
            Groups.FollowUp, exchange.Language, chance.Pick(words.Repeat[exchange.Language].Ask), exchange.Answer, Expectation.Text());
    }

    /// <summary>What a thing is, then how it differs from another; nothing where the world compares no two things.</summary>
    public IReadOnlyList<Exchange> Comparison(Language language, bool heldOut = false)
    {
        if (_comparables[language].Count == 0)
        {
            return [];
        }
        var (entry, comparison, other) = chance.Pick(_comparables[language]);
        var words = world.Conversation.CompareWith[language];
        var template = chance.Pick(heldOut ? words.HeldOut : words.Ask);
        var question = template.Replace("{y}", other, StringComparison.Ordinal);
        return
        [
            Fact.Answer(entry, language, chance.Pick(entry[language].Ask), chance),
            Fact.Answer(comparison, language, question, chance) with { Group = Groups.FollowUp },
        ];
    }
}

/// <summary>Something that the user tells about themselves, and the question for it.</summary>
internal sealed record Memory(Exchange Told, Exchange Asked);
