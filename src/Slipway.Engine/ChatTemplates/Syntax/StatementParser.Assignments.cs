namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>Tags that give names to things: set, with, macro, call.</summary>
internal sealed partial class StatementParser
{
    private const int MaxParameters = 255;

    private Statement ParseSet(int line)
    {
        var target = ParseTarget(allowNamespace: true);
        if (_reader.SkipOperator("="))
        {
            return new SetStatement(line, target, _expressions.ParseTuple());
        }

        var filters = _reader.Current.IsOperator("|") ? _expressions.ParseFilterChain(firstWithoutBar: false) : null;
        return new SetBlock(line, target, filters, ParseWholeBody("set", "endset"));
    }

    private WithStatement ParseWith(int line)
    {
        List<(AssignmentTarget, Expression)> variables = [];
        while (_reader.Current.Kind != TokenKind.BlockEnd)
        {
            if (variables.Count > 0)
            {
                _reader.ExpectOperator(",");
            }

            var target = ParseOneTarget(allowNamespace: false);
            _reader.ExpectOperator("=");
            variables.Add((target, _expressions.Parse()));
        }

        return new(line, [.. variables], ParseWholeBody("with", "endwith"));
    }

    private MacroStatement ParseMacro(int line)
    {
        var name = ParseStoredName();
        var outer = _expressions.NamesRead;
        _expressions.NamesRead = [];
        var parameters = ParseParameters(isRequired: true);
        var read = _expressions.NamesRead;
        _expressions.NamesRead = outer;
        return new(line, name, ParseMacroBody(name, parameters, "macro", "endmacro", read));
    }

    private CallBlock ParseCallBlock(int line)
    {
        var parameters = ParseParameters(isRequired: false);
        if (_expressions.Parse() is not Call call)
        {
            throw ChatTemplateException.AtLine(line, "A call block needs a call, as in '{% call dialog() %}'.");
        }

        var caller = ParseMacroBody("caller", parameters, "call", "endcall", []);
        return new(line, call, caller);
    }

    private MacroDefinition ParseMacroBody(
        string name, (string Name, Expression? Default)[] parameters, string opener, string end, HashSet<string> read)
    {
        var (outer, loops) = (_expressions.NamesRead, _loops);
        (_expressions.NamesRead, _loops) = (read, 0);
        var body = ParseWholeBody(opener, end);
        (_expressions.NamesRead, _loops) = (outer, loops);
        outer.UnionWith(read);
        return new(name, parameters, body, read.Contains("varargs"), read.Contains("kwargs"), read.Contains("caller"));
    }

    private (string Name, Expression? Default)[] ParseParameters(bool isRequired)
    {
        if (!isRequired && !_reader.Current.IsOperator("("))
        {
            return [];
        }

        _reader.ExpectOperator("(");
        List<(string Name, Expression? Default)> parameters = [];
        while (!_reader.SkipOperator(")"))
        {
            if (parameters.Count > 0)
            {
                _reader.ExpectOperator(",");
            }

            var name = ParseStoredName();
            var fallback = _reader.SkipOperator("=") ? _expressions.Parse() : null;
            if (parameters.Exists(parameter => parameter.Name == name))
            {
                throw _reader.Fault($"The parameter '{name}' is named twice.");
            }

            if (fallback is null && parameters.Count > 0 && parameters[^1].Default is not null)
            {
                throw _reader.Fault($"The parameter '{name}' needs a default, since one before it has one.");
            }

            if (parameters.Count == MaxParameters)
            {
                throw _reader.Fault($"A macro has at most {MaxParameters} parameters.");
            }

            parameters.Add((name, fallback));
        }

        return [.. parameters];
    }

    /// <summary>A name, <c>ns.name</c>, or several with commas, in parentheses or not.</summary>
    private AssignmentTarget ParseTarget(bool allowNamespace)
    {
        var first = ParseOneTarget(allowNamespace);
        if (!_reader.Current.IsOperator(","))
        {
            return first;
        }

        var targets = new List<AssignmentTarget> { first };
        while (_reader.SkipOperator(",") && (_reader.Current.Kind == TokenKind.Name || _reader.Current.IsOperator("(")) &&
               !_reader.Current.IsName("in"))
        {
            targets.Add(ParseOneTarget(allowNamespace));
        }

        return new TupleTarget([.. targets]);
    }

    private AssignmentTarget ParseOneTarget(bool allowNamespace)
    {
        if (_reader.SkipOperator("("))
        {
            _reader.Enter();
            var inner = ParseTarget(allowNamespace);
            _reader.Leave();
            _reader.ExpectOperator(")");
            return inner;
        }

        if (allowNamespace && _reader.Next.IsOperator("."))
        {
            var name = _reader.ExpectName();
            _reader.Take();
            return new NamespaceTarget(name, _reader.ExpectName());
        }

        return new NameTarget(ParseStoredName());
    }

    private string ParseStoredName()
    {
        var name = _reader.ExpectName();
        return name is "true" or "false" or "none" or "True" or "False" or "None"
            ? throw _reader.Fault($"'{name}' is a constant and cannot be assigned.")
            : name;
    }
}
