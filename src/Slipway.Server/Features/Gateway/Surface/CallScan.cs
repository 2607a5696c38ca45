using System.Text.Json;
using System.Text.Unicode;
using Slipway.Server.Features.Gateway.Errors;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>What the gateway itself must know of a body, found in one pass that also shows the JSON to be well-formed.</summary>
internal ref struct CallScan
{
    private const int LongestModel = 512;
    private const int Deepest = 128;

    /// <summary>The most of a conversation that is looked at to recognise it.</summary>
    private const int LongestPrefix = 8 << 10;

    private readonly ReadOnlySpan<byte> _body;
    private Utf8JsonReader _reader;

    private CallScan(ReadOnlySpan<byte> body)
    {
        _body = body;
        _reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = Deepest });
    }

    public string? Model { get; private set; }

    /// <summary>Where the model's value stands, quotes included.</summary>
    public Range ModelAt { get; private set; }

    public bool Stream { get; private set; }

    public bool IncludeUsage { get; private set; }

    /// <summary>The beginning of the conversation up to its first user message: the same on every turn.</summary>
    public Range Prefix { get; private set; }

    /// <exception cref="OpenAiException">The body is not such a JSON object; the error says where.</exception>
    public static CallScan Read(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            throw Invalid("The body must be a JSON object; it is empty.");
        }

        if (!Utf8.IsValid(body))
        {
            throw Invalid("The body is not UTF-8 text.");
        }

        var scan = new CallScan(body);
        try
        {
            scan.ReadObject();
        }
        catch (JsonException exception)
        {
            throw Invalid(
                "The body is not valid JSON of moderate depth: an error stands in line "
                + $"{(exception.LineNumber ?? 0) + 1} at byte {(exception.BytePositionInLine ?? 0) + 1}.");
        }

        return scan.Model is null ? throw Invalid("'model' is missing; it names the model to use.", "model") : scan;
    }

    private void ReadObject()
    {
        if (!_reader.Read() || _reader.TokenType is not JsonTokenType.StartObject)
        {
            throw Invalid("The body must be a JSON object.");
        }

        var seesStream = false;
        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            if (_reader.ValueTextEquals("model"u8))
            {
                ReadModel();
            }
            else if (_reader.ValueTextEquals("stream"u8))
            {
                Stream = seesStream ? throw Twice("stream") : ReadFlag("stream");
                seesStream = true;
            }
            else if (_reader.ValueTextEquals("stream_options"u8))
            {
                ReadStreamOptions();
            }
            else if (_reader.ValueTextEquals("messages"u8))
            {
                ReadMessages();
            }
            else if (_reader.ValueTextEquals("prompt"u8) || _reader.ValueTextEquals("input"u8))
            {
                ReadPrompt();
            }
            else
            {
                _reader.Read();
                _reader.Skip();
            }
        }

        // Whatever follows the object is an error of its own.
        _reader.Read();
    }

    private void ReadModel()
    {
        // A name given twice could pass the gate as one model and reach the upstream as another.
        if (Model is not null)
        {
            throw Twice("model");
        }

        _reader.Read();
        if (_reader.TokenType is not JsonTokenType.String || _reader.ValueSpan.Length is 0 or > LongestModel)
        {
            throw Invalid($"'model' must be a string of 1 to {LongestModel} bytes.", "model");
        }

        try
        {
            Model = _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid("'model' holds half of a character.", "model");
        }

        ModelAt = (int)_reader.TokenStartIndex..(int)_reader.BytesConsumed;
    }

    private bool ReadFlag(string name)
    {
        _reader.Read();
        return _reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw Invalid($"'{name}' must be true or false.", name),
        };
    }

    private void ReadStreamOptions()
    {
        _reader.Read();
        if (_reader.TokenType is not JsonTokenType.StartObject)
        {
            _reader.Skip();
            return;
        }

        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            if (_reader.ValueTextEquals("include_usage"u8))
            {
                IncludeUsage = ReadFlag("stream_options.include_usage");
            }
            else
            {
                _reader.Read();
                _reader.Skip();
            }
        }
    }

    private void ReadPrompt()
    {
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        _reader.Skip();
        Prefix = Bounded(start, (int)_reader.BytesConsumed);
    }

    private void ReadMessages()
    {
        _reader.Read();
        var start = (int)_reader.TokenStartIndex;
        if (_reader.TokenType is not JsonTokenType.StartArray)
        {
            _reader.Skip();
            return;
        }

        var isFound = false;
        while (_reader.Read() && _reader.TokenType is not JsonTokenType.EndArray)
        {
            if (isFound || _reader.TokenType is not JsonTokenType.StartObject)
            {
                _reader.Skip();
                continue;
            }

            isFound = ReadIsUser();
            Prefix = Bounded(start, (int)_reader.BytesConsumed);
        }
    }

    private bool ReadIsUser()
    {
        var isUser = false;
        while (_reader.Read() && _reader.TokenType is JsonTokenType.PropertyName)
        {
            var isRole = _reader.ValueTextEquals("role"u8);
            _reader.Read();
            isUser |= isRole && _reader.TokenType is JsonTokenType.String && _reader.ValueTextEquals("user"u8);
            _reader.Skip();
        }

        return isUser;
    }

    private readonly Range Bounded(int start, int end) => start..Math.Min(Math.Min(end, start + LongestPrefix), _body.Length);

    private static OpenAiException Twice(string name) => Invalid($"'{name}' stands in the body twice.", name);

    private static OpenAiException Invalid(string message, string? param = null) => new(OpenAiError.Invalid(message, param));
}
