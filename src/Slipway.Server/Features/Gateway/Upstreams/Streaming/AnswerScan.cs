using System.Text.Json;
using System.Text.Unicode;

namespace Slipway.Server.Features.Gateway.Upstreams.Streaming;

/// <summary>What the gateway must know of an answer or of one chunk of it, found in one pass.</summary>
internal ref struct AnswerScan
{
    private const int MostChoices = 64;

    private Utf8JsonReader _reader;

    /// <summary>Where the top-level <c>model</c>'s value stands, quotes included.</summary>
    public Range? ModelAt { get; private set; }

    /// <summary>Where the value of <c>id</c> stands, quotes included.</summary>
    public Range? IdAt { get; private set; }

    public Range? CreatedAt { get; private set; }

    public TokenUsage? Usage { get; private set; }

    /// <summary>It says that something went wrong, whatever its status said.</summary>
    public bool IsError { get; private set; }

    public bool HasChoices { get; private set; }

    /// <summary>Choices with something new in them: about as many tokens.</summary>
    public int Pieces { get; private set; }

    /// <summary>One bit for each choice by its index: those that are spoken of, and those that end here.</summary>
    public ulong Seen { get; private set; }

    public ulong Ended { get; private set; }

    /// <returns>False when it is not one JSON object in UTF-8.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, out AnswerScan scan)
    {
        scan = default;
        if (!Utf8.IsValid(json))
        {
            return false;
        }

        scan._reader = new Utf8JsonReader(json);
        try
        {
            return scan.ReadObject();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }

    private bool ReadObject()
    {
        if (!_reader.Read() || _reader.TokenType is not JsonTokenType.StartObject)
        {
            return false;
        }

        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            ReadProperty();
        }

        return !_reader.Read();
    }

    private void ReadProperty()
    {
        if (_reader.ValueTextEquals("model"u8))
        {
            ModelAt = ValueRange();
        }
        else if (_reader.ValueTextEquals("choices"u8))
        {
            ReadChoices();
        }
        else if (_reader.ValueTextEquals("usage"u8))
        {
            ReadUsage();
        }
        else if (_reader.ValueTextEquals("id"u8))
        {
            IdAt = ValueRange();
        }
        else if (_reader.ValueTextEquals("created"u8))
        {
            CreatedAt = ValueRange();
        }
        else if (_reader.ValueTextEquals("error"u8))
        {
            _reader.Read();
            IsError |= _reader.TokenType is not (JsonTokenType.Null or JsonTokenType.False);
            _reader.Skip();
        }
        else if (_reader.ValueTextEquals("object"u8))
        {
            _reader.Read();
            IsError |= _reader.TokenType is JsonTokenType.String && _reader.ValueTextEquals("error"u8);
            _reader.Skip();
        }
        else
        {
            _reader.Read();
            _reader.Skip();
        }
    }

    private Range ValueRange()
    {
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        return start..(int)_reader.BytesConsumed;
    }

    private void ReadChoices()
    {
        _reader.Read();
        if (_reader.TokenType is not JsonTokenType.StartArray)
        {
            _reader.Skip();
            return;
        }

        while (_reader.Read() && _reader.TokenType is not JsonTokenType.EndArray)
        {
            HasChoices = true;
            if (_reader.TokenType is JsonTokenType.StartObject)
            {
                ReadChoice();
            }
            else
            {
                _reader.Skip();
            }
        }
    }

    private void ReadChoice()
    {
        var index = 0;
        var ends = false;
        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            if (_reader.ValueTextEquals("index"u8))
            {
                _reader.Read();
                index = _reader.TokenType is JsonTokenType.Number && _reader.TryGetInt32(out var number) ? number : 0;
            }
            else if (_reader.ValueTextEquals("finish_reason"u8))
            {
                _reader.Read();
                ends = _reader.TokenType is JsonTokenType.String;
                _reader.Skip();
            }
            else if (_reader.ValueTextEquals("delta"u8) || _reader.ValueTextEquals("text"u8))
            {
                _reader.Read();
                Pieces += ReadsSomething() ? 1 : 0;
            }
            else
            {
                _reader.Read();
                _reader.Skip();
            }
        }

        var bit = index is >= 0 and < MostChoices ? 1UL << index : 0;
        Seen |= bit;
        Ended |= ends ? bit : 0;
    }

    // A delta that holds more than a role, or a text that is not empty.
    private bool ReadsSomething()
    {
        if (_reader.TokenType is not JsonTokenType.StartObject)
        {
            var isText = _reader.TokenType is JsonTokenType.String && _reader.ValueSpan.Length > 0;
            _reader.Skip();
            return isText;
        }

        var something = false;
        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            var isRole = _reader.ValueTextEquals("role"u8);
            _reader.Read();
            something |= !isRole && (_reader.TokenType is JsonTokenType.StartArray
                || (_reader.TokenType is JsonTokenType.String && _reader.ValueSpan.Length > 0));
            _reader.Skip();
        }

        return something;
    }

    private void ReadUsage()
    {
        _reader.Read();
        if (_reader.TokenType is not JsonTokenType.StartObject)
        {
            _reader.Skip();
            return;
        }

        var (prompt, completion, cached, reasoning) = (0, 0, 0, 0);
        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            if (_reader.ValueTextEquals("prompt_tokens"u8))
            {
                prompt = ReadCount();
            }
            else if (_reader.ValueTextEquals("completion_tokens"u8))
            {
                completion = ReadCount();
            }
            else if (_reader.ValueTextEquals("prompt_tokens_details"u8))
            {
                cached = ReadDetail("cached_tokens"u8);
            }
            else if (_reader.ValueTextEquals("completion_tokens_details"u8))
            {
                reasoning = ReadDetail("reasoning_tokens"u8);
            }
            else
            {
                _reader.Read();
                _reader.Skip();
            }
        }

        Usage = new TokenUsage(prompt, completion, cached, reasoning);
    }

    private int ReadDetail(ReadOnlySpan<byte> name)
    {
        _reader.Read();
        var count = 0;
        if (_reader.TokenType is not JsonTokenType.StartObject)
        {
            _reader.Skip();
            return count;
        }

        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            if (_reader.ValueTextEquals(name))
            {
                count = ReadCount();
            }
            else
            {
                _reader.Read();
                _reader.Skip();
            }
        }

        return count;
    }

    // A negative or endless count would be charged to somebody.
    private int ReadCount()
    {
        _reader.Read();
        var count = _reader.TokenType is JsonTokenType.Number && _reader.TryGetInt32(out var number) && number > 0 ? number : 0;
        _reader.Skip();
        return count;
    }
}
