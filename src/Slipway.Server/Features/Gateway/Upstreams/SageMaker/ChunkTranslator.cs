using System.Text;
using System.Text.Json;
using Slipway.Server.Aws;

namespace Slipway.Server.Features.Gateway.Upstreams.SageMaker;

/// <summary>
/// Turns what containers stream into OpenAI's chunks: chunks of vLLM, SGLang and newer LMI (put right), tokens of TGI and older LMI,
/// <c>{"content": …}</c>, and whole answers to a request for a stream. Each choice begins with its role, ends with one reason, and the
/// stream ends with one usage chunk, the container's or a count of its own.
/// </summary>
internal sealed class ChunkTranslator(GatewayCall call, TimeProvider clock) : IDisposable
{
    /// <summary>OpenAI's own limit on <c>n</c>.</summary>
    private const int MostChoices = 128;

    private readonly ChunkWriter _writer = new(call, clock.GetUtcNow().ToUnixTimeSeconds());
    private readonly ContainerUsage _usage = new(call.Body.Length);
    private readonly SortedDictionary<int, Choice> _choices = [];
    private bool _hasOrigin;

    /// <summary>The container's form has no mark for its end: the stream's own end is it.</summary>
    private bool _endsWithoutMark;

    public TokenUsage Usage => _usage.Current;

    public bool TryTake(out UpstreamChunk chunk) => _writer.TryTake(out chunk);

    /// <summary>Takes one event of the container; what it comes to can be taken then.</summary>
    /// <exception cref="UpstreamException">It is an error, or no JSON.</exception>
    public void Add(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(ContainerText.Repair(json));
            if (document.RootElement.ValueKind == JsonValueKind.Array)
            {
                foreach (var item in document.RootElement.EnumerateArray())
                {
                    AddObject(item);
                }
            }
            else
            {
                AddObject(document.RootElement);
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw SageMakerErrors.Nonsense(call.Model, exception);
        }
    }

    /// <summary>The container has nothing more to say.</summary>
    /// <param name="isMarked">It said so, with <c>[DONE]</c>.</param>
    /// <exception cref="UpstreamException">There was no answer, or it is not complete.</exception>
    public void Complete(bool isMarked)
    {
        if (_choices.Count == 0)
        {
            throw SageMakerErrors.Nonsense(call.Model);
        }
        foreach (var (index, choice) in _choices)
        {
            if (!choice.IsFinished)
            {
                if (!isMarked && !_endsWithoutMark)
                {
                    throw SageMakerErrors.BrokeOff(call.Model);
                }
                _writer.WriteText(index, null, withRole: false, "stop");
            }
        }
        _writer.Begin();
        _writer.End(usage: _usage);
    }

    public void Dispose() => _writer.Dispose();

    private void AddObject(JsonElement json)
    {
        SageMakerErrors.ThrowIfError(json, call.Model);
        if (json.List("choices") is { } choices)
        {
            AddChunk(json, choices);
        }
        else if (json.Object("token") is { } token)
        {
            AddToken(json, token);
        }
        else if (json.Text("generated_text") is { } generated)
        {
            AddWhole(generated, ContainerForms.FinishReason(json) ?? "stop");
            _usage.TakeDetails(ContainerForms.Details(json));
        }
        else if (json.Text("content") is { } content)
        {
            _endsWithoutMark = true;
            AddPiece(content, ContainerForms.FinishReason(json));
        }
        // After its pieces, which it counts.
        if (json.Object("usage") is { } usage)
        {
            _usage.Take(usage);
        }
    }

    /// <summary>OpenAI's own form, more or less.</summary>
    private void AddChunk(JsonElement chunk, JsonElement choices)
    {
        TakeOrigin(chunk);
        if (choices.GetArrayLength() == 0)
        {
            // With usage it comes at the end, in a chunk of ours. Without, it is a sign of life, or says something of the prompt.
            if (chunk.Object("usage") is null)
            {
                _writer.Begin();
                _writer.End(chunk);
            }
            return;
        }
        var json = _writer.Begin();
        foreach (var choice in choices.EnumerateArray())
        {
            AddChoice(json, choice);
        }
        _writer.End(chunk);
    }

    private void AddChoice(Utf8JsonWriter json, JsonElement choice)
    {
        if (choice.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("A choice is no object.");
        }
        var index = choice.Int("index") ?? 0;
        var state = StateOf(index);
        json.WriteStartObject();
        json.WriteNumber("index"u8, index);
        ContainerForms.WriteContent(json, choice, _writer.IsChat, withRole: state.TakeRole(), _usage);
        foreach (var member in choice.EnumerateObject())
        {
            if (member.Name is not ("index" or "delta" or "message" or "text" or "finish_reason"))
            {
                member.WriteTo(json);
            }
        }
        if (!choice.TryGetProperty("logprobs", out _))
        {
            json.WriteNull("logprobs"u8);
        }
        ChunkWriter.WriteFinish(json, state.TakeFinish(ReasonOf(choice)));
        json.WriteEndObject();
    }

    private string? ReasonOf(JsonElement choice) => ContainerForms.FinishReason(choice) is var reason && reason != ContainerForms.Failed
        ? reason
        : throw SageMakerErrors.BrokeOff(call.Model);

    /// <summary>TGI and older LMI: a token, and with the last one the whole text once more.</summary>
    private void AddToken(JsonElement json, JsonElement token)
    {
        var isSpecial = token.Any("special") is { ValueKind: JsonValueKind.True };
        var isLast = json.Text("generated_text") is not null;
        var reason = ContainerForms.FinishReason(json) ?? (isLast ? "stop" : null);
        AddPiece(isSpecial ? "" : token.Text("text") ?? "", reason);
        _usage.TakeDetails(ContainerForms.Details(json));
    }

    private void AddWhole(string text, string reason)
    {
        // After tokens of its own the text is only said again.
        if (_choices.Count == 0)
        {
            _usage.CountText(Encoding.UTF8.GetByteCount(text));
            _writer.WriteText(0, text, StateOf(0).TakeRole(), finishReason: null);
        }
        if (StateOf(0).TakeFinish(reason) is { } first)
        {
            _writer.WriteText(0, null, withRole: false, first);
        }
    }

    private void AddPiece(string text, string? reason)
    {
        var state = StateOf(0);
        var finish = state.TakeFinish(reason);
        if (text.Length > 0)
        {
            _usage.CountPiece();
        }
        if (text.Length > 0 || finish is not null || !state.HasRole)
        {
            _writer.WriteText(0, text.Length > 0 ? text : null, state.TakeRole(), finish);
        }
    }

    /// <summary>The first chunk with an id gives it to all.</summary>
    private void TakeOrigin(JsonElement chunk)
    {
        if (_hasOrigin || chunk.Text("id") is not { Length: > 0 and <= 256 } id)
        {
            return;
        }
        _hasOrigin = true;
        if (_choices.Count == 0)
        {
            _writer.Id = id;
            _writer.Created = chunk.Long("created") is > 0 and var seconds ? seconds : _writer.Created;
        }
    }

    private Choice StateOf(int index)
    {
        if (index is < 0 or >= MostChoices)
        {
            throw new JsonException("A choice's index is out of range.");
        }
        if (!_choices.TryGetValue(index, out var choice))
        {
            _choices.Add(index, choice = new Choice());
        }
        return choice;
    }

    private sealed class Choice
    {
        public bool HasRole { get; private set; }

        public bool IsFinished { get; private set; }

        /// <summary>True the first time.</summary>
        public bool TakeRole() => !HasRole && (HasRole = true);

        /// <summary>The reason, the first time that there is one.</summary>
        public string? TakeFinish(string? reason)
        {
            if (IsFinished || string.IsNullOrEmpty(reason))
            {
                return null;
            }
            IsFinished = true;
            return reason;
        }
    }
}
