using System.Globalization;
using System.Text;

namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>The inside of <c>{{ }}</c> and <c>{% %}</c>.</summary>
internal sealed partial class Lexer
{
    private const int MaxWordLength = 500;

    // Longer operators first: "//" must not be read as two "/".
    private static readonly string[] Operators =
    [
        "**", "//", "==", "!=", ">=", "<=",
        "+", "-", "*", "/", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";",
    ];

    private void ReadTag(int openedAt, TokenKind end)
    {
        var brackets = new Stack<char>();
        while (true)
        {
            Advance(SkipBlanks(_position));
            if (_position >= _source.Length)
            {
                var mark = end == TokenKind.BlockEnd ? "%}" : "}}";
                throw ChatTemplateException.AtLine(openedAt, $"A tag is not closed; '{mark}' is missing.");
            }

            // Inside brackets "}}" may close two dictionaries.
            if (brackets.Count == 0 && TryReadEnd(end))
            {
                return;
            }

            ReadToken(brackets);
        }
    }

    private bool TryReadEnd(TokenKind end)
    {
        var isBlock = end == TokenKind.BlockEnd;
        var sign = Peek(_position) == '-' || (isBlock && Peek(_position) == '+') ? _source[_position] : '\0';
        var at = _position + (sign == '\0' ? 0 : 1);
        if (Peek(at) != (isBlock ? '%' : '}') || Peek(at + 1) != '}')
        {
            return false;
        }

        _tokens.Add(new(end, "", _line));
        Advance(at + 2);
        TrimAfterTag(sign, isBlock);
        return true;
    }

    private void ReadToken(Stack<char> brackets)
    {
        var first = _source[_position];
        if (char.IsLetter(first) || first == '_')
        {
            Emit(TokenKind.Name, EndOf(static c => char.IsLetterOrDigit(c) || c == '_'));
        }
        else if (char.IsAsciiDigit(first))
        {
            ReadNumber();
        }
        else if (first is '\'' or '"')
        {
            ReadString(first);
        }
        else
        {
            ReadOperator(brackets);
        }
    }

    private void ReadOperator(Stack<char> brackets)
    {
        foreach (var text in Operators)
        {
            if (string.CompareOrdinal(_source, _position, text, 0, text.Length) == 0)
            {
                Balance(text[0], brackets);
                _tokens.Add(new(TokenKind.Operator, text, _line));
                Advance(_position + text.Length);
                return;
            }
        }

        throw ChatTemplateException.AtLine(_line, $"The character '{_source[_position]}' has no meaning here.");
    }

    private void Balance(char text, Stack<char> brackets)
    {
        switch (text)
        {
            case '(' or '[' or '{':
                brackets.Push(text);
                break;
            case ')' or ']' or '}':
                var opening = text switch { ')' => '(', ']' => '[', _ => '{' };
                if (brackets.Count == 0 || brackets.Pop() != opening)
                {
                    throw ChatTemplateException.AtLine(_line, $"'{text}' closes nothing; '{opening}' is missing.");
                }

                break;
        }
    }

    private void ReadNumber()
    {
        if (_source[_position] == '0' && Peek(_position + 1) is 'x' or 'X' or 'o' or 'O' or 'b' or 'B')
        {
            Emit(TokenKind.Integer, EndOf(static c => char.IsAsciiLetterOrDigit(c) || c == '_'));
            return;
        }

        var end = DigitsEnd(_position);
        var isFloat = false;

        // "x.0.1" are two subscripts, not the number 0.1.
        var isSubscript = _position > 0 && _source[_position - 1] == '.';
        if (!isSubscript && Peek(end) == '.' && char.IsAsciiDigit(Peek(end + 1)))
        {
            (end, isFloat) = (DigitsEnd(end + 1), true);
        }

        if (!isSubscript && Peek(end) is 'e' or 'E')
        {
            var digits = end + (Peek(end + 1) is '+' or '-' ? 2 : 1);
            if (char.IsAsciiDigit(Peek(digits)))
            {
                (end, isFloat) = (DigitsEnd(digits), true);
            }
        }

        if (!isFloat && _source[_position] == '0' && _source.AsSpan(_position, end - _position).ContainsAnyInRange('1', '9'))
        {
            throw ChatTemplateException.AtLine(_line, "An integer does not begin with 0.");
        }

        Emit(isFloat ? TokenKind.Float : TokenKind.Integer, end);
    }

    private int DigitsEnd(int at)
    {
        while (char.IsAsciiDigit(Peek(at)) || (Peek(at) == '_' && char.IsAsciiDigit(Peek(at + 1))))
        {
            at++;
        }

        return at;
    }

    private int EndOf(Func<char, bool> belongs)
    {
        var end = _position;
        while (end < _source.Length && belongs(_source[end]))
        {
            end++;
        }

        return end;
    }

    private void Emit(TokenKind kind, int end)
    {
        // Names are looked up again and again; their length must not count.
        if (end - _position > MaxWordLength)
        {
            throw ChatTemplateException.AtLine(_line, $"A name or number is longer than {MaxWordLength} characters.");
        }

        _tokens.Add(new(kind, _source[_position..end], _line));
        Advance(end);
    }

    private void ReadString(char quote)
    {
        var line = _line;
        var text = new StringBuilder();
        var at = _position + 1;
        while (Peek(at) != quote || at >= _source.Length)
        {
            if (at >= _source.Length)
            {
                throw ChatTemplateException.AtLine(line, $"A string is not closed; {quote} is missing.");
            }

            at = _source[at] == '\\' ? ReadEscape(at + 1, text, line) : AppendOne(at, text);
        }

        Advance(at + 1);
        _tokens.Add(new(TokenKind.String, text.ToString(), line));
    }

    private int AppendOne(int at, StringBuilder text)
    {
        text.Append(_source[at]);
        return at + 1;
    }

    /// <summary>Reads what follows a backslash; an escape that means nothing keeps its backslash, as in Python.</summary>
    private int ReadEscape(int at, StringBuilder text, int line)
    {
        const string Plain = "abfnrtv\\'\"";
        const string Meaning = "\a\b\f\n\r\t\v\\'\"";
        var escape = Peek(at);
        switch (escape)
        {
            case '\n':
                return at + 1;
            case 'x':
                return AppendHex(at + 1, 2, text, line);
            case 'u':
                return AppendHex(at + 1, 4, text, line);
            case 'U':
                return AppendHex(at + 1, 8, text, line);
            case 'N':
                throw ChatTemplateException.AtLine(line, "Escapes by name (\\N{…}) are not supported; write \\uXXXX.");
            case >= '0' and <= '7':
                return AppendOctal(at, text);
        }

        var index = at < _source.Length ? Plain.IndexOf(escape, StringComparison.Ordinal) : -1;
        if (index < 0)
        {
            text.Append('\\');
            return at;
        }

        text.Append(Meaning[index]);
        return at + 1;
    }

    private int AppendHex(int at, int digits, StringBuilder text, int line)
    {
        var fits = at + digits <= _source.Length;
        if (!fits || !int.TryParse(_source.AsSpan(at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || code is < 0 or > 0x10FFFF)
        {
            throw ChatTemplateException.AtLine(line, $"An escape needs {digits} hexadecimal digits of a character up to 10FFFF.");
        }

        // A lone half of a pair stays what it is, as in Python; only whole characters above FFFF become pairs.
        _ = code <= 0xFFFF ? text.Append((char)code) : text.Append(char.ConvertFromUtf32(code));
        return at + digits;
    }

    private int AppendOctal(int at, StringBuilder text)
    {
        var code = 0;
        for (var digits = 0; digits < 3 && Peek(at) is >= '0' and <= '7'; digits++, at++)
        {
            code = (code * 8) + (_source[at] - '0');
        }

        text.Append((char)code);
        return at;
    }
}
