using Slipway.Engine.ChatTemplates.Builtins;
using Slipway.Engine.ChatTemplates.Syntax;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Rendering;

internal sealed partial class Interpreter
{
    public Value Evaluate(Expression expression, Scope scope)
    {
        Line = expression.Line;
        context.EnterNode();
        var value = EvaluateNode(expression, scope);
        Line = expression.Line;
        context.LeaveNode();
        return value;
    }

    private Value EvaluateNode(Expression expression, Scope scope) => expression switch
    {
        Constant constant => constant.Value,
        NameRead name => scope.Find(name.Name) ?? Functions.Find(name.Name) ?? UndefinedValue.OfName(name.Name),
        AttributeRead read => Members.Attribute(Evaluate(read.Target, scope), read.Name, context),
        Subscript read => Members.Item(Evaluate(read.Target, scope), Evaluate(read.Index, scope), context),
        Slice slice => Members.Slice(
            Evaluate(slice.Target, scope), Optional(slice.Start, scope), Optional(slice.Stop, scope), Optional(slice.Step, scope), context),
        Call call => EvaluateCall(call, scope, caller: null),
        FilterUse filter => Filters.Table.Apply(
            context, filter.Name, Evaluate(filter.Target!, scope), EvaluateArguments(filter.Arguments, scope)),
        TestUse test => EvaluateTest(test, scope),
        LogicalChain chain => EvaluateLogical(chain, scope),
        ComparisonChain chain => EvaluateComparison(chain, scope),
        BinaryChain chain => EvaluateBinary(chain, scope),
        Concatenation concatenation => EvaluateConcatenation(concatenation, scope),
        Conditional conditional => EvaluateConditional(conditional, scope),
        Unary unary => Operators.Apply(unary.Operator, Evaluate(unary.Operand, scope)),
        ListLiteral list => EvaluateList(list, scope),
        DictLiteral dict => EvaluateDict(dict, scope),
        _ => throw new ChatTemplateException($"The expression {expression.GetType().Name} is unknown."),
    };

    private Value? Optional(Expression? expression, Scope scope) => expression is null ? null : Evaluate(expression, scope);

    private Value EvaluateCall(Call call, Scope scope, MacroValue? caller)
    {
        var target = Evaluate(call.Target, scope);
        var arguments = EvaluateArguments(call.Arguments, scope);
        if (caller is not null)
        {
            arguments = arguments with { Named = [.. arguments.Named, ("caller", caller)] };
        }

        Line = call.Line;
        return target switch
        {
            CallableValue callable => callable.Invoke(context, arguments),
            UndefinedValue undefined => throw undefined.Fault(),
            _ => throw new ChatTemplateException($"A value of type {target.TypeName} cannot be called."),
        };
    }

    private Arguments EvaluateArguments(CallArguments arguments, Scope scope)
    {
        if (arguments is { Named: [], Spread: null, NamedSpread: null })
        {
            return arguments.Positional.Length == 0 ? Arguments.None : new(EvaluateEach(arguments.Positional, scope), []);
        }

        List<Value> positional = [.. EvaluateEach(arguments.Positional, scope)];
        List<(string Name, Value Value)> named = [.. arguments.Named.Select(argument => (argument.Name, Evaluate(argument.Value, scope)))];
        if (arguments.Spread is not null)
        {
            foreach (var item in Evaluate(arguments.Spread, scope).Iterate())
            {
                context.Charge();
                positional.Add(item);
            }
        }

        if (arguments.NamedSpread is not null)
        {
            AddNamed(Evaluate(arguments.NamedSpread, scope), named);
        }

        return new([.. positional], [.. named]);
    }

    private void AddNamed(Value spread, List<(string Name, Value Value)> named)
    {
        if (spread is not DictValue dict)
        {
            throw new ChatTemplateException($"'**' takes a dict, not a value of type {spread.TypeName}.");
        }

        foreach (var (key, value) in dict.Entries)
        {
            context.Charge();
            named.Add(key is TextValue name
                ? (name.Text, value)
                : throw new ChatTemplateException("'**' takes a dict whose keys are text."));
        }
    }

    private Value EvaluateFilters(FilterUse filter, Value input, Scope scope)
    {
        var subject = filter.Target is FilterUse inner ? EvaluateFilters(inner, input, scope) : input;
        Line = filter.Line;
        return Filters.Table.Apply(context, filter.Name, subject, EvaluateArguments(filter.Arguments, scope));
    }

    private BooleanValue EvaluateTest(TestUse test, Scope scope)
    {
        var subject = Evaluate(test.Target, scope);
        var holds = Tests.Table.Apply(context, test.Name, subject, EvaluateArguments(test.Arguments, scope)).IsTrue;
        return BooleanValue.Of(holds != test.Negated);
    }

    private Value EvaluateLogical(LogicalChain chain, Scope scope)
    {
        var value = Evaluate(chain.Operands[0], scope);
        for (var i = 1; i < chain.Operands.Length && value.IsTrue == chain.IsAnd; i++)
        {
            value = Evaluate(chain.Operands[i], scope);
        }

        return value;
    }

    private BooleanValue EvaluateComparison(ComparisonChain chain, Scope scope)
    {
        var left = Evaluate(chain.First, scope);
        foreach (var (comparison, operand) in chain.Rest)
        {
            var right = Evaluate(operand, scope);
            if (!Comparisons.Holds(comparison, left, right, context))
            {
                return BooleanValue.False;
            }

            left = right;
        }

        return BooleanValue.True;
    }

    private Value EvaluateBinary(BinaryChain chain, Scope scope)
    {
        var value = Evaluate(chain.First, scope);
        foreach (var (operation, operand) in chain.Rest)
        {
            value = Operators.Apply(operation, value, Evaluate(operand, scope), context);
        }

        return value;
    }

    private TextValue EvaluateConcatenation(Concatenation concatenation, Scope scope)
    {
        var text = new TextSink(context);
        foreach (var operand in concatenation.Operands)
        {
            text.Append(ValueText.Of(Evaluate(operand, scope), context));
        }

        return new(text.ToString());
    }

    private Value EvaluateConditional(Conditional conditional, Scope scope)
    {
        if (Evaluate(conditional.Condition, scope).IsTrue)
        {
            return Evaluate(conditional.Then, scope);
        }

        return Optional(conditional.Otherwise, scope) ?? UndefinedValue.OfConditional;
    }

    private SequenceValue EvaluateList(ListLiteral list, Scope scope)
    {
        var items = EvaluateEach(list.Items, scope);
        return list.IsTuple ? new TupleValue(items) : new ListValue(items);
    }

    private Value[] EvaluateEach(Expression[] expressions, Scope scope)
    {
        var values = new Value[expressions.Length];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = Evaluate(expressions[i], scope);
        }

        return values;
    }

    private DictValue EvaluateDict(DictLiteral dict, Scope scope)
    {
        var entries = DictValue.NewEntries();
        foreach (var (key, value) in dict.Items)
        {
            entries[KeyComparer.Check(Evaluate(key, scope))] = Evaluate(value, scope);
        }

        return new(entries);
    }
}
