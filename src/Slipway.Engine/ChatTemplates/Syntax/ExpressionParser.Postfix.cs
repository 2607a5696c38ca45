using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>What follows a value: <c>.member</c>, <c>[index]</c>, <c>(call)</c>, <c>|filter</c>, <c>is test</c>.</summary>
internal sealed partial class ExpressionParser
{
    /// <summary>The filters of a filter block or of a block set; their input is not an expression.</summary>
    public Expression ParseFilterChain(bool firstWithoutBar)
    {
        Expression? filters = firstWithoutBar ? ParseFilter(null) : null;
        while (reader.SkipOperator("|"))
        {
            filters = ParseFilter(filters);
        }

        return filters ?? throw reader.Unexpected("a filter");
    }

    private Expression ParseMembers(Expression target)
    {
        while (true)
        {
            var line = reader.Line;
            if (reader.SkipOperator("."))
            {
                target = ParseMember(line, target);
            }
            else if (reader.SkipOperator("["))
            {
                target = ParseSubscript(line, target);
            }
            else if (reader.SkipOperator("("))
            {
                target = new Call(line, target, ParseArguments());
            }
            else
            {
                return target;
            }
        }
    }

    private Expression ParseMember(int line, Expression target)
    {
        if (reader.Current.Kind == TokenKind.Integer)
        {
            return new Subscript(line, target, new Constant(line, new IntegerValue(IntegerOf(reader.Take()))));
        }

        return new AttributeRead(line, target, reader.ExpectName());
    }

    private Expression ParseSubscript(int line, Expression target)
    {
        var start = reader.Current.IsOperator(":") ? null : Parse();
        if (!reader.Current.IsOperator(":"))
        {
            reader.ExpectOperator("]");
            return new Subscript(line, target, start!);
        }

        reader.Take();
        var stop = ParseSlicePart();
        var step = reader.SkipOperator(":") ? ParseSlicePart() : null;
        reader.ExpectOperator("]");
        return new Slice(line, target, start, stop, step);
    }

    private Expression? ParseSlicePart() => reader.Current.IsOperator(":") || reader.Current.IsOperator("]") ? null : Parse();

    private Expression ParseFiltersAndTests(Expression target)
    {
        while (true)
        {
            var line = reader.Line;
            if (reader.SkipOperator("|"))
            {
                target = ParseFilter(target);
            }
            else if (reader.SkipName("is"))
            {
                target = ParseTest(line, target);
            }
            else if (reader.SkipOperator("("))
            {
                target = new Call(line, target, ParseArguments());
            }
            else
            {
                return target;
            }
        }
    }

    private FilterUse ParseFilter(Expression? target)
    {
        var line = reader.Line;
        var name = ParseDottedName();
        return new(line, target, name, reader.SkipOperator("(") ? ParseArguments() : CallArguments.None);
    }

    private TestUse ParseTest(int line, Expression target)
    {
        var negated = reader.SkipName("not");
        var name = ParseDottedName();
        var arguments = CallArguments.None;
        if (reader.SkipOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (StartsTestArgument())
        {
            arguments = new([ParseMembers(ParsePrimary())], [], null, null);
        }

        return new(line, target, name, arguments, negated);
    }

    /// <summary><c>x is divisibleby 3</c>: one argument may follow without parentheses.</summary>
    private bool StartsTestArgument()
    {
        var token = reader.Current;
        if (token.IsName("is"))
        {
            throw reader.Fault("Tests cannot be chained with 'is'; join them with 'and'.");
        }

        return token.Kind switch
        {
            TokenKind.Name => token.Text is not ("else" or "or" or "and"),
            TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
            TokenKind.Operator => token.Text is "[" or "{",
            _ => false,
        };
    }

    private string ParseDottedName()
    {
        var name = reader.ExpectName();
        while (reader.SkipOperator("."))
        {
            name += "." + reader.ExpectName();
        }

        return name;
    }

    private CallArguments ParseArguments()
    {
        List<Expression> positional = [];
        List<(string, Expression)> named = [];
        Expression? spread = null;
        Expression? namedSpread = null;
        var isFirst = true;
        while (!reader.SkipOperator(")"))
        {
            if (!isFirst)
            {
                reader.ExpectOperator(",");
                if (reader.SkipOperator(")"))
                {
                    break;
                }
            }

            isFirst = false;
            if (reader.SkipOperator("**"))
            {
                namedSpread = namedSpread is null ? Parse() : throw reader.Fault("A call takes '**' once.");
            }
            else if (reader.SkipOperator("*"))
            {
                spread = spread is null && namedSpread is null ? Parse() : throw reader.Fault("A call takes '*' once, before '**'.");
            }
            else if (reader.Current.Kind == TokenKind.Name && reader.Next.IsOperator("="))
            {
                named.Add(ParseNamed());
            }
            else
            {
                positional.Add(named.Count == 0 && spread is null && namedSpread is null
                    ? Parse() : throw reader.Fault("A positional argument follows a named one."));
            }
        }

        return new([.. positional], [.. named], spread, namedSpread);
    }

    private (string Name, Expression Value) ParseNamed()
    {
        var name = reader.Take().Text;
        reader.Take();
        return (name, Parse());
    }
}
