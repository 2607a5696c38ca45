using Slipway.Engine.Constraints.Automata;
using Slipway.Engine.Constraints.Matching;

namespace Slipway.Engine.Constraints.Schemas;

/// <summary>Rules for JSON of which no schema says more.</summary>
internal sealed class AnyJson
{
    public AnyJson(OutputGrammarOptions options)
    {
        var most = options.MaxUnboundedLength;
        var value = new ChoiceRule();
        String = new LexRule(JsonTokens.String, 0, most);
        var name = new LexRule(JsonTokens.PlainString, 0, most);
        var member = new SequenceRule([name, JsonRules.Colon, value]);
        Object = JsonRules.Braces(JsonRules.List(member, 0, most, JsonRules.CloseObject));
        Array = JsonRules.Brackets(JsonRules.List(value, 0, most, JsonRules.CloseArray));
        value.Options = [Object, Array, String, JsonRules.Number, JsonRules.Boolean, JsonRules.Null];
        Value = value;
    }

    public Rule Value { get; }

    public Rule Object { get; }

    public Rule Array { get; }

    public Rule String { get; }
}
