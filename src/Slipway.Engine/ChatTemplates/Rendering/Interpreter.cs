using Slipway.Engine.ChatTemplates.Syntax;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Rendering;

/// <summary>Walks the tree of a template once. Statements here, expressions in the other part.</summary>
internal sealed partial class Interpreter(RenderContext context)
{
    private enum Flow
    {
        Next,
        Break,
        Continue,
    }

    /// <summary>The line that was reached; a fault of a value happened there.</summary>
    public int Line { get; private set; }

    public RenderContext Context => context;

    public void Render(Statement[] template, Scope scope, TextSink output) => Run(template, scope, output);

    private Flow Run(Statement[] statements, Scope scope, TextSink output)
    {
        foreach (var statement in statements)
        {
            Line = statement.Line;
            context.EnterNode();
            var flow = Execute(statement, scope, output);
            context.LeaveNode();
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    private Flow Execute(Statement statement, Scope scope, TextSink output)
    {
        switch (statement)
        {
            case TextOutput text:
                output.Append(text.Text);
                break;
            case ValueOutput values:
                foreach (var value in values.Values)
                {
                    output.Append(ValueText.Of(Evaluate(value, scope), context));
                }

                break;
            case IfStatement branching:
                return ExecuteIf(branching, scope, output);
            case ForStatement loop:
                return ExecuteFor(loop, scope, output);
            case SetStatement set:
                Assign(set.Target, Evaluate(set.Value, scope), scope);
                break;
            case SetBlock or FilterBlock:
                return ExecuteCapture(statement, scope, output);
            case WithStatement with:
                return ExecuteWith(with, scope, output);
            case ScopeStatement inner:
                return Run(inner.Body, new Scope(scope), output);
            case MacroStatement macro:
                scope.Set(macro.Name, new MacroValue(macro.Macro, scope, this));
                break;
            case CallBlock call:
                output.Append(ValueText.Of(EvaluateCall(call.Call, scope, new MacroValue(call.Caller, scope, this)), context));
                break;
            case LoopJump jump:
                return jump.IsBreak ? Flow.Break : Flow.Continue;
        }

        return Flow.Next;
    }

    private Flow ExecuteIf(IfStatement branching, Scope scope, TextSink output)
    {
        foreach (var (condition, body) in branching.Branches)
        {
            if (Evaluate(condition, scope).IsTrue)
            {
                return Run(body, scope, output);
            }
        }

        return Run(branching.Otherwise, scope, output);
    }

    private Flow ExecuteFor(ForStatement statement, Scope scope, TextSink output)
    {
        var items = Evaluate(statement.Items, scope);
        using var loop = new LoopValue(Filtered(statement, items, scope), statement.Filter is null ? items.Length : null, context);
        var cameToAnEnd = false;
        while (loop.Advance())
        {
            var inner = new Scope(scope);
            inner.Set("loop", loop);
            Assign(statement.Target, loop.Current, inner);
            var flow = Run(statement.Body, inner, output);
            cameToAnEnd |= flow == Flow.Next;
            if (flow == Flow.Break)
            {
                break;
            }
        }

        // Jinja takes 'else' when no body ran to its end: also after 'break' or 'continue' in each of them.
        return cameToAnEnd ? Flow.Next : Run(statement.Otherwise, new Scope(scope), output);
    }

    /// <summary>Elements one by one, tested when they are reached: the body may change what the test sees.</summary>
    private IEnumerable<Value> Filtered(ForStatement statement, Value items, Scope scope)
    {
        foreach (var item in items.Iterate())
        {
            context.Charge();
            if (statement.Filter is not null)
            {
                var inner = new Scope(scope);
                Assign(statement.Target, item, inner);
                if (!Evaluate(statement.Filter, inner).IsTrue)
                {
                    continue;
                }
            }

            yield return item;
        }
    }

    private Flow ExecuteCapture(Statement statement, Scope scope, TextSink output)
    {
        var (body, filters) = statement switch
        {
            SetBlock set => (set.Body, set.Filters),
            FilterBlock block => (block.Body, block.Filters),
            _ => throw new ArgumentException($"{statement.GetType().Name} captures nothing.", nameof(statement)),
        };
        var captured = new TextSink(context);
        var flow = Run(body, new Scope(scope), captured);
        if (flow != Flow.Next)
        {
            return flow;
        }

        Value value = new TextValue(captured.ToString());
        value = filters is null ? value : EvaluateFilters((FilterUse)filters, value, scope);
        if (statement is SetBlock assigned)
        {
            Assign(assigned.Target, value, scope);
        }
        else
        {
            output.Append(ValueText.Of(value, context));
        }

        return Flow.Next;
    }

    private Flow ExecuteWith(WithStatement with, Scope scope, TextSink output)
    {
        var inner = new Scope(scope);
        foreach (var (target, expression) in with.Variables)
        {
            Assign(target, Evaluate(expression, scope), inner);
        }

        return Run(with.Body, inner, output);
    }

    private void Assign(AssignmentTarget target, Value value, Scope scope)
    {
        context.Charge();
        switch (target)
        {
            case NameTarget name:
                scope.Set(name.Name, value);
                break;
            case NamespaceTarget member when scope.Find(member.Name) is NamespaceValue space:
                space.Attributes[member.Attribute] = value;
                break;
            case NamespaceTarget member:
                throw new ChatTemplateException($"'{member.Name}' is no namespace; only members of namespace() can be set.");
            case TupleTarget tuple:
                AssignEach(tuple.Targets, value, scope);
                break;
        }
    }

    private void AssignEach(AssignmentTarget[] targets, Value value, Scope scope)
    {
        var items = value.Iterate().Take(targets.Length + 1).ToArray();
        if (items.Length != targets.Length)
        {
            var found = items.Length > targets.Length ? "more" : items.Length.ToString(System.Globalization.CultureInfo.InvariantCulture);
            throw new ChatTemplateException($"{targets.Length} names cannot take {found} values.");
        }

        for (var i = 0; i < targets.Length; i++)
        {
            Assign(targets[i], items[i], scope);
        }
    }
}
