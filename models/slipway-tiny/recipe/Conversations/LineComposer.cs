using Slipway.Recipe.Exchanges;
using Slipway.Recipe.Output;
using Slipway.Recipe.Worlds;

namespace Slipway.Recipe.Conversations;

/// <summary>Makes lines of exchanges: single questions and conversations.</summary>
internal sealed class LineComposer(World world, Sources sources, HeldOutTexts heldOut, Chance chance)
{
    private const double WithSystem = 0.1;
    private const double QuietWithSteps = 0.35;
    private const double QuietOtherwise = 0.12;
    private const double InOtherLanguage = 0.02;
    private const double Untold = 0.008;
    private const double QuietConversation = 0.07;
    private const double Long = 0.12;
    private const double Remembering = 0.6;
    private const double OtherLanguage = 0.05;
    private const double Compared = 0.06;
    private const double ThoughtAvoided = 0.8;
    private const double FollowedUp = 0.12;

    private readonly Wording _wording = new(world.Conversation, chance);
    private readonly SideTalk _sideTalk = new(world, chance);

    /// <summary>One question and its answer.</summary>
    public Line Single(Language language)
    {
        var exchange = chance.Happens(Untold) ? _sideTalk.AskUntold(language) : sources.Draw(language);
        var thinks = !chance.Happens(exchange.Reasoning is null ? QuietOtherwise : QuietWithSteps);
        List<Message> messages = [.. SystemMessage(language)];
        if (exchange.Entry is { } entry && entry.Group is not Groups.Greetings && chance.Happens(InOtherLanguage))
        {
            var request = chance.Pick(world.Conversation.InOtherLanguage[language]);
            messages.Add(new Message(Message.User, exchange.Question + request));
            messages.Add(new Message(Message.Assistant, entry[language.Other()].Answer[0]));
            return new Line(messages, thinks);
        }
        AddTurn(messages, exchange, thinks);
        return new Line(messages, thinks);
    }

    /// <summary>Several turns; a few lines are long enough to train late positions.</summary>
    public Line Conversation(Language language)
    {
        // Without thinking every turn becomes an example of its own, with all that came before it: such lines stay short.
        var thinks = !chance.Happens(QuietConversation);
        var turns = !thinks ? chance.Between(2, 4) : chance.Happens(Long) ? chance.Between(12, 20) : chance.Between(2, 7);
        List<Message> messages = [.. SystemMessage(language)];
        var memory = chance.Happens(Remembering) ? _sideTalk.Remember(language) : null;
        var (toldAt, askedAt) = (chance.Between(0, turns - 2), chance.Between(turns - 2, turns - 1));
        for (var turn = 0; turn < turns; turn++)
        {
            if (memory is not null && turn == toldAt)
            {
                AddTurn(messages, memory.Told, thinks);
            }
            else if (memory is not null && turn == askedAt)
            {
                AddTurn(messages, memory.Asked, thinks);
            }
            else
            {
                AddExchange(messages, chance.Happens(OtherLanguage) ? language.Other() : language, thinks, isLast: turn == turns - 1);
            }
        }
        return new Line(messages, thinks);
    }

    private void AddExchange(List<Message> messages, Language language, bool thinks, bool isLast)
    {
        if (chance.Happens(Compared))
        {
            foreach (var turn in _sideTalk.Comparison(language))
            {
                AddTurn(messages, turn, thinks);
            }
            return;
        }
        var exchange = sources.Draw(language);
        if (exchange.Reasoning is not null && !isLast && chance.Happens(ThoughtAvoided))
        {
            // A thought is shown for the last turn only, so one in the middle costs an example of its own, too.
            exchange = sources.Facts.Draw(language);
        }
        AddTurn(messages, exchange, thinks);
        if (chance.Happens(FollowedUp) && _sideTalk.FollowUp(exchange) is { } followUp)
        {
            AddTurn(messages, followUp, thinks);
        }
    }

    private void AddTurn(List<Message> messages, Exchange exchange, bool thinks)
    {
        messages.Add(new Message(Message.User, Say(exchange)));
        messages.Add(thinks
            ? new Message(Message.Assistant, exchange.Answer, exchange.Reasoning)
            : new Message(Message.Assistant, exchange.DirectAnswer ?? exchange.Answer));
    }

    /// <summary>The question in some wording that is not held out.</summary>
    private string Say(Exchange exchange)
    {
        var manner = exchange.Group switch
        {
            Groups.Greetings or Groups.SmallTalk => Manner.Talk,
            Groups.OddInput or Groups.FollowUp => Manner.Plain,
            _ => Manner.Question,
        };
        for (var attempt = 0; attempt < 50; attempt++)
        {
            var question = _wording.Vary(exchange.Question, exchange.Language, manner);
            if (!heldOut.Holds(question))
            {
                return question;
            }
        }
        throw new RecipeException($"'{exchange.Question}' is held out in every wording.");
    }

    private IEnumerable<Message> SystemMessage(Language language) =>
        chance.Happens(WithSystem) ? [new Message(Message.System, chance.Pick(world.Conversation.System[language]))] : [];
}
