namespace Slipway.Engine.ChatTemplates.Syntax;

/// <summary>
/// Cuts a template into text and the tokens of its tags, with whitespace control as model templates expect it
/// (<c>trim_blocks</c> and <c>lstrip_blocks</c> on): the newline after a block goes, and so does indentation before one.
/// </summary>
internal sealed partial class Lexer
{
    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _position;
    private int _line = 1;

    // True when whatever was consumed last ended a line, so that blanks before the next block are indentation.
    private bool _atLineStart = true;

    private Lexer(string source) => _source = source;

    public static List<Token> Tokenize(string source)
    {
        var text = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(text.EndsWith('\n') ? text[..^1] : text);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (_position < _source.Length)
        {
            var tag = FindTag();
            if (tag < 0)
            {
                EmitData(_source.Length, _source.Length);
                break;
            }

            var kind = _source[tag + 1];
            var sign = Peek(tag + 2) is '-' or '+' ? _source[tag + 2] : '\0';
            EmitData(tag, DataEnd(tag, sign, mayBeIndented: kind != '{'));
            var line = _line;
            Advance(tag + 2 + (sign == '\0' ? 0 : 1));
            switch (kind)
            {
                case '#':
                    SkipComment(line);
                    break;
                case '{':
                    _tokens.Add(new(TokenKind.VariableBegin, "", line));
                    ReadTag(line, TokenKind.VariableEnd);
                    break;
                default:
                    ReadBlock(line);
                    break;
            }
        }

        _tokens.Add(new(TokenKind.End, "", _line));
    }

    private int FindTag()
    {
        for (var at = _source.IndexOf('{', _position); at >= 0; at = _source.IndexOf('{', at + 1))
        {
            if (Peek(at + 1) is '{' or '%' or '#')
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Where the text before a tag ends once whitespace control took its share.</summary>
    private int DataEnd(int tag, char sign, bool mayBeIndented)
    {
        var end = tag;
        if (sign == '-')
        {
            while (end > _position && char.IsWhiteSpace(_source[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && mayBeIndented)
        {
            while (end > _position && _source[end - 1] != '\n' && char.IsWhiteSpace(_source[end - 1]))
            {
                end--;
            }

            var reachesLineStart = end == _position ? _atLineStart : _source[end - 1] == '\n';
            end = reachesLineStart ? end : tag;
        }

        return end;
    }

    private void EmitData(int until, int dataEnd)
    {
        if (dataEnd > _position)
        {
            _tokens.Add(new(TokenKind.Data, _source[_position..dataEnd], _line));
        }

        Advance(until);
    }

    private void SkipComment(int line)
    {
        // "{#-#}" and "{#+#}": the sign belongs to the opening; the comment is empty.
        var end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw ChatTemplateException.AtLine(line, "A comment is not closed; '#}' is missing.");
        }

        var sign = end > _position ? _source[end - 1] : '\0';
        Advance(end + 2);
        TrimAfterTag(sign, isBlock: true);
    }

    private void ReadBlock(int line)
    {
        var begin = _position;
        if (SkipsWord("raw", allowPlus: false) is { } rawSign)
        {
            TrimAfterTag(rawSign, isBlock: false);
            ReadRaw(line);
            return;
        }

        Advance(begin);
        _tokens.Add(new(TokenKind.BlockBegin, "", line));
        ReadTag(line, TokenKind.BlockEnd);
    }

    private void ReadRaw(int line)
    {
        for (var tag = _source.IndexOf("{%", _position, StringComparison.Ordinal); tag >= 0;
             tag = _source.IndexOf("{%", tag + 2, StringComparison.Ordinal))
        {
            var sign = Peek(tag + 2) is '-' or '+' ? _source[tag + 2] : '\0';
            var after = MatchWord(tag + 2 + (sign == '\0' ? 0 : 1), "endraw", allowPlus: true);
            if (after is { } match)
            {
                EmitData(match.End, DataEnd(tag, sign, mayBeIndented: true));
                TrimAfterTag(match.Sign, isBlock: true);
                return;
            }
        }

        throw ChatTemplateException.AtLine(line, "A raw block is not closed; '{% endraw %}' is missing.");
    }

    private char? SkipsWord(string word, bool allowPlus)
    {
        if (MatchWord(_position, word, allowPlus) is not { } match)
        {
            return null;
        }

        Advance(match.End);
        return match.Sign;
    }

    private (int End, char Sign)? MatchWord(int at, string word, bool allowPlus)
    {
        at = SkipBlanks(at);
        if (string.CompareOrdinal(_source, at, word, 0, word.Length) != 0)
        {
            return null;
        }

        at = SkipBlanks(at + word.Length);
        var sign = Peek(at) == '-' || (allowPlus && Peek(at) == '+') ? _source[at] : '\0';
        at += sign == '\0' ? 0 : 1;
        return Peek(at) == '%' && Peek(at + 1) == '}' ? (at + 2, sign) : null;
    }

    private int SkipBlanks(int at)
    {
        while (at < _source.Length && char.IsWhiteSpace(_source[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>After a closing mark: '-' takes all whitespace, a block's end takes one newline unless '+' says no.</summary>
    private void TrimAfterTag(char sign, bool isBlock)
    {
        var begin = _position;
        if (sign == '-')
        {
            Advance(SkipBlanks(_position));
        }
        else if (isBlock && sign != '+' && Peek(_position) == '\n')
        {
            Advance(_position + 1);
        }

        _atLineStart = _position > begin && _source[_position - 1] == '\n';
    }

    private void Advance(int to)
    {
        if (to > _position)
        {
            _line += _source.AsSpan(_position, to - _position).Count('\n');
            _atLineStart = _source[to - 1] == '\n';
        }

        _position = to;
    }

    private char Peek(int at) => at < _source.Length ? _source[at] : '\0';
}
