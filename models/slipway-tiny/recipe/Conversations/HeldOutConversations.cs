using Slipway.Recipe.Exchanges;
using Slipway.Recipe.Output;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Conversations;

/// <summary>Items of the evaluation that take two or three turns.</summary>
internal sealed class HeldOutConversations(World world, Sources sources, Chance chance)
{
    private const int PerKind = 10;

    private readonly SideTalk _sideTalk = new(world, chance);

    public IEnumerable<HeldOutItem> Items()
    {
        foreach (var language in Languages.All)
        {
            for (var i = 0; i < PerKind; i++)
            {
                var name = _sideTalk.Remember(world.Conversation.Name[language], language, heldOut: true);
                yield return Item(language, [name.Told, name.Asked]);
                yield return Item(language, [name.Told, sources.Facts.Draw(language), name.Asked]);
                if (_sideTalk.Comparison(language, heldOut: true) is { Count: > 0 } comparison)
                {
                    yield return Item(language, comparison);
                }
            }
            yield return UnknownName(language);
        }
    }

    private static HeldOutItem Item(Language language, IReadOnlyList<Exchange> exchanges)
    {
        var messages = exchanges.SkipLast(1).SelectMany(exchange => (Message[])
            [new Message(Message.User, exchange.Question), new Message(Message.Assistant, exchange.Answer)]);
        var last = exchanges[^1];
        return new HeldOutItem(Groups.FollowUp, language, [.. messages, new Message(Message.User, last.Question)], last.Expected);
    }

    /// <summary>Nobody told a name.</summary>
    private HeldOutItem UnknownName(Language language)
    {
        var words = world.Conversation.Name[language];
        return new HeldOutItem(
            Groups.FollowUp, language, [new Message(Message.User, words.Recall.HeldOut[0])], Expectation.Text(words.UnknownAccept));
    }
}
