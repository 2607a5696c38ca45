namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>The text of a template and its <c>{% %}</c> tags, down to a tree.</summary>
internal sealed partial class StatementParser
{
    private readonly TokenReader _reader;
    private readonly ExpressionParser _expressions;
    private int _loops;

    private StatementParser(TokenReader reader)
    {
        _reader = reader;
        _expressions = new ExpressionParser(reader);
    }

    public static Statement[] Parse(string source, int maxDepth)
    {
        var parser = new StatementParser(new TokenReader(Lexer.Tokenize(source), maxDepth));
        return parser.ParseUntil(null, 0, []);
    }

    /// <summary>Reads up to a tag whose name is one of <paramref name="ends"/> and stands then behind that name.</summary>
    private Statement[] ParseUntil(string? opener, int openedAt, string[] ends)
    {
        List<Statement> statements = [];
        while (true)
        {
            var token = _reader.Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new TextOutput(token.Line, _reader.Take().Text));
                    break;
                case TokenKind.VariableBegin:
                    _reader.Take();
                    statements.Add(new ValueOutput(token.Line, [_expressions.ParseTuple()]));
                    _reader.Expect(TokenKind.VariableEnd);
                    break;
                case TokenKind.BlockBegin:
                    _reader.Take();
                    if (_reader.Current.Kind == TokenKind.Name && ends.Contains(_reader.Current.Text))
                    {
                        return [.. statements];
                    }

                    statements.Add(ParseStatement());
                    _reader.Expect(TokenKind.BlockEnd);
                    break;
                default:
                    return opener is null
                        ? [.. statements]
                        : throw ChatTemplateException.AtLine(openedAt, $"'{opener}' is not closed; '{ends[^1]}' is missing.");
            }
        }
    }

    /// <summary>A body and its end tag; the end's <c>%}</c> is left to the caller.</summary>
    private Statement[] ParseBody(string opener, params string[] ends)
    {
        var openedAt = _reader.Line;
        _reader.SkipOperator(":");
        _reader.Expect(TokenKind.BlockEnd);
        _reader.Enter();
        var body = ParseUntil(opener, openedAt, ends);
        _reader.Leave();
        return body;
    }

    private Statement[] ParseWholeBody(string opener, string end)
    {
        var body = ParseBody(opener, end);
        _reader.ExpectName(end);
        return body;
    }

    private Statement ParseStatement()
    {
        var line = _reader.Line;
        var tag = _reader.ExpectName();
        return tag switch
        {
            "if" => ParseIf(line),
            "for" => ParseFor(line),
            "set" => ParseSet(line),
            "with" => ParseWith(line),
            "macro" => ParseMacro(line),
            "call" => ParseCallBlock(line),
            "filter" => new FilterBlock(line, _expressions.ParseFilterChain(firstWithoutBar: true), ParseWholeBody("filter", "endfilter")),
            "generation" => new ScopeStatement(line, ParseWholeBody("generation", "endgeneration")),
            "block" => ParseBlock(line),
            "print" => new ValueOutput(line, ParsePrinted()),
            "break" or "continue" => ParseJump(line, tag),
            "include" or "import" or "from" or "extends" => throw ChatTemplateException.AtLine(
                line, $"'{tag}' is refused: a chat template stands alone and reads no other file."),
            _ => throw ChatTemplateException.AtLine(line, $"The tag '{tag}' is unknown or stands in the wrong place."),
        };
    }

    private IfStatement ParseIf(int line)
    {
        List<(Expression, Statement[])> branches = [];
        while (true)
        {
            var condition = _expressions.ParseTuple(allowConditional: false);
            branches.Add((condition, ParseBody("if", "elif", "else", "endif")));
            switch (_reader.Take().Text)
            {
                case "elif":
                    continue;
                case "else":
                    return new(line, [.. branches], ParseWholeBody("else", "endif"));
                default:
                    return new(line, [.. branches], []);
            }
        }
    }

    private ForStatement ParseFor(int line)
    {
        var target = ParseTarget(allowNamespace: false);
        _reader.ExpectName("in");
        var items = _expressions.ParseTuple(allowConditional: false);
        var filter = _reader.SkipName("if") ? _expressions.Parse() : null;
        if (_reader.Current.IsName("recursive"))
        {
            throw _reader.Fault("Recursive loops are not supported; a macro that calls itself does the same.");
        }

        _loops++;
        var body = ParseBody("for", "else", "endfor");
        _loops--;
        var otherwise = _reader.Take().Text == "else" ? ParseWholeBody("else", "endfor") : [];
        return new(line, target, items, filter, body, otherwise);
    }

    private LoopJump ParseJump(int line, string tag) => _loops > 0
        ? new(line, tag == "break")
        : throw ChatTemplateException.AtLine(line, $"'{tag}' stands outside a loop.");

    private Expression[] ParsePrinted()
    {
        List<Expression> values = [];
        while (_reader.Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
            {
                _reader.ExpectOperator(",");
            }

            values.Add(_expressions.Parse());
        }

        return [.. values];
    }

    private ScopeStatement ParseBlock(int line)
    {
        var name = _reader.ExpectName();
        _ = _reader.SkipName("scoped");
        var body = ParseWholeBody("block", "endblock");
        _ = _reader.SkipName(name);
        return new(line, body);
    }
}
