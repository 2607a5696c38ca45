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

    private readonly Wording _wording = new(world.Conversation, chance);
    private readonly SideTalk _sideTalk = new(world, chance);

    /// <summary>One question and its answer.</summary>
    public Line Single(Language language)
    {
        var exchange = sources.Draw(language);
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
        var turns = chance.Happens(0.12) ? chance.Between(12, 24) : chance.Between(2, 7);
        var thinks = !chance.Happens(0.1);
        List<Message> messages = [.. SystemMessage(language)];
        var memory = chance.Happens(0.45) ? _sideTalk.Remember(language) : null;
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
                AddExchange(messages, chance.Happens(0.05) ? language.Other() : language, thinks);
            }
        }
        return new Line(messages, thinks);
    }

    private void AddExchange(List<Message> messages, Language language, bool thinks)
    {
        if (chance.Happens(0.06))
        {
            foreach (var turn in _sideTalk.Comparison(language))
            {
                AddTurn(messages, turn, thinks);
            }
            return;
        }
        var exchange = sources.Draw(language);
        AddTurn(messages, exchange, thinks);
        if (chance.Happens(0.12) && _sideTalk.FollowUp(exchange) is { } followUp)
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
        var courteous = !Groups.IsTalk(exchange.Group);
        for (var attempt = 0; attempt < 50; attempt++)
        {
            var question = _wording.Vary(exchange.Question, exchange.Language, courteous);
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
