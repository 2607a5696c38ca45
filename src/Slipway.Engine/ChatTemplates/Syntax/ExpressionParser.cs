namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>
/// Expressions from loosest to tightest: <c>if else</c>, <c>or</c>, <c>and</c>, <c>not</c>, comparisons, <c>+ -</c>, <c>~</c>,
/// <c>* / // %</c>, <c>**</c> (from left to right, as Jinja has it), signs, then what follows a value: members, calls, filters, tests.
/// </summary>
internal sealed partial class ExpressionParser(TokenReader reader)
{
    /// <summary>Every name that was read as a variable; macros learn from it which implicit arguments they take.</summary>
    public HashSet<string> NamesRead { get; set; } = [];

    public Expression Parse()
    {
        reader.Enter();
        var line = reader.Line;
        var expression = ParseOr();
        while (reader.SkipName("if"))
        {
            var condition = ParseOr();
            var otherwise = reader.SkipName("else") ? Parse() : null;
            expression = new Conditional(line, condition, expression, otherwise);
        }

        reader.Leave();
        return expression;
    }

    /// <summary>One expression, or a tuple when commas follow: <c>{% set a, b = 1, 2 %}</c>.</summary>
    public Expression ParseTuple(bool allowConditional = true)
    {
        var line = reader.Line;
        var first = allowConditional ? Parse() : ParseOr();
        if (!reader.Current.IsOperator(","))
        {
            return first;
        }

        var items = new List<Expression> { first };
        while (reader.SkipOperator(",") && !AtTupleEnd())
        {
            items.Add(allowConditional ? Parse() : ParseOr());
        }

        return new ListLiteral(line, [.. items], IsTuple: true);
    }

    public Expression ParseOr() => ParseLogical("or", ParseAnd);

    private bool AtTupleEnd() =>
        reader.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || reader.Current.IsOperator(")");

    private Expression ParseAnd() => ParseLogical("and", ParseNot);

    private Expression ParseLogical(string word, Func<Expression> parseOperand)
    {
        var line = reader.Line;
        var first = parseOperand();
        if (!reader.Current.IsName(word))
        {
            return first;
        }

        var operands = new List<Expression> { first };
        while (reader.SkipName(word))
        {
            operands.Add(parseOperand());
        }

        return new LogicalChain(line, word == "and", [.. operands]);
    }

    private Expression ParseNot()
    {
        var line = reader.Line;
        if (!reader.SkipName("not"))
        {
            return ParseComparison();
        }

        reader.Enter();
        var operand = ParseNot();
        reader.Leave();
        return new Unary(line, UnaryOperator.Not, operand);
    }

    private Expression ParseComparison()
    {
        var line = reader.Line;
        var first = ParseSum();
        List<(ComparisonOperator, Expression)> rest = [];
        while (TakeComparison() is { } comparison)
        {
            rest.Add((comparison, ParseSum()));
        }

        return rest.Count == 0 ? first : new ComparisonChain(line, first, [.. rest]);
    }

    private ComparisonOperator? TakeComparison()
    {
        if (reader.SkipName("in"))
        {
            return ComparisonOperator.In;
        }

        if (reader.Current.IsName("not") && reader.Next.IsName("in"))
        {
            reader.Take();
            reader.Take();
            return ComparisonOperator.NotIn;
        }

        ComparisonOperator? comparison = reader.Current.Kind != TokenKind.Operator ? null : reader.Current.Text switch
        {
            "==" => ComparisonOperator.Equal,
            "!=" => ComparisonOperator.NotEqual,
            "<" => ComparisonOperator.Less,
            "<=" => ComparisonOperator.LessOrEqual,
            ">" => ComparisonOperator.Greater,
            ">=" => ComparisonOperator.GreaterOrEqual,
            _ => null,
        };
        if (comparison is not null)
        {
            reader.Take();
        }

        return comparison;
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, static text => text switch
    {
        "+" => BinaryOperator.Add,
        "-" => BinaryOperator.Subtract,
        _ => null,
    });

    private Expression ParseConcatenation()
    {
        var line = reader.Line;
        var first = ParseProduct();
        if (!reader.Current.IsOperator("~"))
        {
            return first;
        }

        var operands = new List<Expression> { first };
        while (reader.SkipOperator("~"))
        {
            operands.Add(ParseProduct());
        }

        return new Concatenation(line, [.. operands]);
    }

    private Expression ParseProduct() => ParseBinary(ParsePower, static text => text switch
    {
        "*" => BinaryOperator.Multiply,
        "/" => BinaryOperator.Divide,
        "//" => BinaryOperator.FloorDivide,
        "%" => BinaryOperator.Modulo,
        _ => null,
    });

    private Expression ParsePower() =>
        ParseBinary(() => ParseUnary(withFilters: true), static text => text == "**" ? BinaryOperator.Power : null);

    private Expression ParseBinary(Func<Expression> parseOperand, Func<string, BinaryOperator?> operatorOf)
    {
        var line = reader.Line;
        var first = parseOperand();
        List<(BinaryOperator, Expression)> rest = [];
        while (reader.Current.Kind == TokenKind.Operator && operatorOf(reader.Current.Text) is { } binary)
        {
            reader.Take();
            rest.Add((binary, parseOperand()));
        }

        return rest.Count == 0 ? first : new BinaryChain(line, first, [.. rest]);
    }

    /// <summary>A sign binds looser than members and calls, tighter than filters: <c>-x|abs</c> is <c>(-x)|abs</c>.</summary>
    private Expression ParseUnary(bool withFilters)
    {
        var line = reader.Line;
        Expression expression;
        if (reader.Current.IsOperator("-") || reader.Current.IsOperator("+"))
        {
            var sign = reader.Take().Text == "-" ? UnaryOperator.Negate : UnaryOperator.Plus;
            reader.Enter();
            expression = new Unary(line, sign, ParseUnary(withFilters: false));
            reader.Leave();
        }
        else
        {
            expression = ParsePrimary();
        }

        expression = ParseMembers(expression);
        return withFilters ? ParseFiltersAndTests(expression) : expression;
    }
}
