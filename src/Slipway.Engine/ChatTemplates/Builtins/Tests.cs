using Slipway.Engine.ChatTemplates.Syntax;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Builtins;

/// <summary>What may follow <c>is</c>.</summary>
internal static class Tests
{
    public static readonly BuiltinTable Table = new("test")
    {
        { "defined", "", static call => Of(call.Subject is not UndefinedValue) },
        { "undefined", "", static call => Of(call.Subject is UndefinedValue) },
        { "none", "", static call => Of(call.Subject is NoneValue) },
        { "boolean", "", static call => Of(call.Subject is BooleanValue) },
        { "true", "", static call => Of(call.Subject == BooleanValue.True) },
        { "false", "", static call => Of(call.Subject == BooleanValue.False) },
        { "integer", "", static call => Of(call.Subject is IntegerValue) },
        { "float", "", static call => Of(call.Subject is FloatValue) },
        { "number", "", static call => Of(Numbers.IsNumber(call.Subject)) },
        { "string", "", static call => Of(call.Subject is TextValue) },
        { "mapping", "", static call => Of(call.Subject is DictValue) },
        { "sequence", "", static call => Of(call.Subject is TextValue or SequenceValue or DictValue or UndefinedValue) },
        { "iterable", "", static call => Of(call.Subject.Elements is not null) },
        { "callable", "", static call => Of(call.Subject is CallableValue or UndefinedValue) },
        { "even", "", static call => Of(IsMultiple(call.Subject, 2, call)) },
        { "odd", "", static call => Of(!IsMultiple(call.Subject, 2, call)) },
        { "divisibleby", "num", static call => Of(IsMultiple(call.Subject, call.Integer(0), call)) },
        { "lower", "", static call => Of(CharacterKinds.IsLower(call.SubjectText)) },
        { "upper", "", static call => Of(CharacterKinds.IsUpper(call.SubjectText)) },
        { "sameas", "other", static call => Of(IsSame(call.Subject, call[0])) },
        { "in", "seq", static call => Of(Comparisons.Holds(ComparisonOperator.In, call.Subject, call[0], call.Context)) },
        { "filter", "", static call => Of(call.Subject is TextValue name && Filters.Table.Contains(name.Text)) },
        { "test", "", static call => Of(call.Subject is TextValue name && Table!.Contains(name.Text)) },
        { "eq equalto ==", "other", static call => Compare(ComparisonOperator.Equal, call) },
        { "ne !=", "other", static call => Compare(ComparisonOperator.NotEqual, call) },
        { "lt lessthan <", "other", static call => Compare(ComparisonOperator.Less, call) },
        { "le <=", "other", static call => Compare(ComparisonOperator.LessOrEqual, call) },
        { "gt greaterthan >", "other", static call => Compare(ComparisonOperator.Greater, call) },
        { "ge >=", "other", static call => Compare(ComparisonOperator.GreaterOrEqual, call) },
    };

    private static BooleanValue Of(bool holds) => BooleanValue.Of(holds);

    private static BooleanValue Compare(ComparisonOperator comparison, Invocation call) =>
        Of(Comparisons.Holds(comparison, call.Subject, call[0], call.Context));

    private static bool IsMultiple(Value value, Int128 divisor, Invocation call) => value switch
    {
        _ when Numbers.IsNumber(value) => !Numbers.Apply(BinaryOperator.Modulo, value, new IntegerValue(divisor)).IsTrue,
        _ => throw call.Wrong(value, "a number"),
    };

    // Python tells objects apart; equal scalars of one kind are one object often enough for templates to rely on it.
    private static bool IsSame(Value a, Value b) => ReferenceEquals(a, b) || (a, b) switch
    {
        (IntegerValue x, IntegerValue y) => x.Value == y.Value,
        (TextValue x, TextValue y) => x.Text == y.Text,
        _ => false,
    };
}
