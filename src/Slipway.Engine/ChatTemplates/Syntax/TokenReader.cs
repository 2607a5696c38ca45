using System.Runtime.CompilerServices;

namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>Where the parser stands in the tokens, and how deep.</summary>
internal sealed class TokenReader(List<Token> tokens, int maxDepth)
{
    private int _position;
    private int _depth;

    public Token Current => tokens[_position];

    public Token Next => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    public int Line => Current.Line;

    public Token Take()
    {
        var token = tokens[_position];
        _position = Math.Min(_position + 1, tokens.Count - 1);
        return token;
    }

    public bool SkipName(string name) => Skip(Current.IsName(name));

    public bool SkipOperator(string text) => Skip(Current.IsOperator(text));

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
        {
            throw Unexpected($"'{text}'");
        }
    }

    public void ExpectName(string name)
    {
        if (!SkipName(name))
        {
            throw Unexpected($"'{name}'");
        }
    }

    public string ExpectName() => Current.Kind == TokenKind.Name ? Take().Text : throw Unexpected("a name");

    public void Expect(TokenKind kind)
    {
        if (Current.Kind != kind)
        {
            throw Unexpected(new Token(kind, "", 0).ToString());
        }

        Take();
    }

    public ChatTemplateException Unexpected(string wanted) => Fault($"{Current} stands where {wanted} was expected.");

    public ChatTemplateException Fault(string message) => ChatTemplateException.AtLine(Line, message);

    /// <summary>Called on the way down into something nested; <see cref="Leave"/> on the way up.</summary>
    public void Enter()
    {
        if (++_depth > maxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Fault($"The template is nested more than {maxDepth} deep.");
        }
    }

    public void Leave() => _depth--;

    private bool Skip(bool matches)
    {
        if (matches)
        {
            Take();
        }

        return matches;
    }
}
