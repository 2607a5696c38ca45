using System.Text.Json;

namespace Slipway.Server.Tests.Features.Gateway.Upstreams.SageMaker;

/// <summary>Streams as containers write them. All but the last say <see cref="Said"/>.</summary>
internal static class ContainerStreams
{
    public const string Said = "Héllo 你好 🙂 — {\"a\": [1]}\n\nEnd";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly string[] Pieces = ["Héllo ", "你好", " 🙂", " — {\"a\": ", "[1]}\n", "\nEnd"];

    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["vLLM"] = Sse(Chunks(role: true, usage: true), done: true),
        ["vLLM with CRLF"] = Sse(Chunks(role: true, usage: true), done: true).Replace("\n", "\r\n", StringComparison.Ordinal),
        ["SGLang with usage in every chunk"] = Sse(Chunks(role: true, usage: true, usageEverywhere: true), done: true),
        ["SSE with comments and blanks"] = ": ping\n\n" + Sse(Chunks(role: true, usage: true), done: true, between: ": keep-alive\n\n\nevent: message\nid: 7\n"),
        ["SSE with single line ends"] = Sse(Chunks(role: true, usage: true), done: true).Replace("\n\n", "\n", StringComparison.Ordinal),
        ["SSE without [DONE]"] = Sse(Chunks(role: true, usage: true), done: false),
        ["SSE without a space, a role or usage"] = Sse(Chunks(role: false, usage: false), done: true).Replace("data: ", "data:", StringComparison.Ordinal),
        ["SSE with the role in every delta"] = Sse(Chunks(role: true, usage: true, roleEverywhere: true), done: true),
        ["SSE of one JSON over several lines"] = "data: {\ndata: \"choices\":[{\"index\":0,\ndata: \"delta\":{\"content\":"
            + JsonSerializer.Serialize(Said) + "},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        ["emd's JSON lines"] = string.Concat(Chunks(role: true, usage: true).Select(chunk => chunk + "\n")),
        ["JSON lines with [DONE]"] = string.Concat(Chunks(role: true, usage: true).Select(chunk => chunk + "\n")) + "[DONE]\n",
        ["JSON with nothing between"] = string.Concat(Chunks(role: true, usage: true)),
        ["TGI"] = Sse(Tokens(), done: false).Replace("data: ", "data:", StringComparison.Ordinal),
        ["LMI"] = string.Concat(Tokens().Select(token => token + "\n")),
        ["the predecessor's content"] = Sse(Pieces.Select(piece => JsonSerializer.Serialize(new { content = piece })), done: false),
        ["content lines"] = string.Concat(Pieces.Select(piece => JsonSerializer.Serialize(new { content = piece }) + "\n")),
        ["one whole chat completion"] = Whole(indented: false),
        ["one whole chat completion over many lines"] = Whole(indented: true),
        ["a whole chat completion as an event"] = $"data: {Whole(indented: false)}\n\ndata: [DONE]\n\n",
        ["one generated text"] = JsonSerializer.Serialize(new { generated_text = Said }),
        ["a list of one generated text"] = JsonSerializer.Serialize(new[] { new { generated_text = Said } }),
    };

    private static string Sse(IEnumerable<string> events, bool done, string between = "") =>
        string.Concat(events.Select(json => $"data: {json}\n\n{between}")) + (done ? "data: [DONE]\n\n" : "");

    private static IEnumerable<string> Chunks(bool role, bool usage, bool usageEverywhere = false, bool roleEverywhere = false)
    {
        var shown = usageEverywhere ? ",\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":1,\"total_tokens\":13}" : "";
        if (role)
        {
            yield return Chunk("{\"role\":\"assistant\",\"content\":\"\"}", "null", shown);
        }
        foreach (var piece in Pieces)
        {
            var said = roleEverywhere ? "\"role\":\"assistant\"," : "";
            yield return Chunk($"{{{said}\"content\":{JsonSerializer.Serialize(piece)}}}", "null", shown);
        }
        yield return Chunk("{}", "\"stop\"", shown);
        if (usage)
        {
            yield return "{\"id\":\"chatcmpl-9\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"/opt/ml/model\",\"choices\":[],"
                + "\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":7,\"total_tokens\":19}}";
        }
    }

    private static string Chunk(string delta, string finish, string more) =>
        "{\"id\":\"chatcmpl-9\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,\"model\":\"/opt/ml/model\","
        + $"\"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]{more}}}";

    private static IEnumerable<string> Tokens()
    {
        foreach (var piece in Pieces)
        {
            yield return $"{{\"token\":{{\"id\":1,\"text\":{JsonSerializer.Serialize(piece)},\"logprob\":-0.1,\"special\":false}},"
                + "\"generated_text\":null,\"details\":null}";
        }
        yield return "{\"token\":{\"id\":2,\"text\":\"<|im_end|>\",\"logprob\":-0.1,\"special\":true},"
            + $"\"generated_text\":{JsonSerializer.Serialize(Said)},"
            + "\"details\":{\"finish_reason\":\"eos_token\",\"generated_tokens\":7,\"input_length\":12}}";
    }

    private static string Whole(bool indented) => JsonSerializer.Serialize(
        new
        {
            id = "chatcmpl-9",
            @object = "chat.completion",
            created = 1700000000,
            model = "/opt/ml/model",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = Said }, finish_reason = "stop" } },
            usage = new { prompt_tokens = 12, completion_tokens = 7, total_tokens = 19 },
        },
        indented ? Indented : JsonSerializerOptions.Default);
}
